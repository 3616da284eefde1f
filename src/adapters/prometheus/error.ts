/** Why Prometheus gave no answer, classified once. */
export class PrometheusError extends Error {
  override readonly name = 'PrometheusError';
  /** `refused`: the query or our right to ask is wrong; asking again changes nothing. */
  readonly reason: 'refused' | 'unavailable' | 'unreadable';
  constructor(reason: PrometheusError['reason'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
