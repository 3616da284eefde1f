/**
 * The store can't be reached. Nothing that was recorded is lost; whether what was asked for just now was recorded
 * is not known where its answer got lost on the way.
 */
export class StoreAway extends Error {
  override readonly name = 'StoreAway';
  constructor(options?: ErrorOptions) {
    super('the store can’t be reached', options);
  }
}
