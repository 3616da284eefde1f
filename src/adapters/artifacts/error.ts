/** Why an artefact was not stored, classified once. */
export class ArtifactError extends Error {
  override readonly name = 'ArtifactError';
  /** `refused`: our right, the bucket or the key is wrong; asking again changes nothing. */
  readonly reason: 'refused' | 'unavailable' | 'damaged';
  constructor(reason: ArtifactError['reason'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** What a bucket's HTTP status says of a failed request. */
export function reasonOf(status: number): ArtifactError['reason'] {
  return status >= 500 || status === 429 || status === 408 ? 'unavailable' : 'refused';
}

/** An upload that got no answer. */
export function unanswered(where: string, cause: unknown): ArtifactError {
  const late = cause instanceof Error && cause.name === 'TimeoutError';
  return new ArtifactError(
    'unavailable',
    `${where} ${late ? 'gave no answer in time' : 'could not be reached'}`,
    {
      cause,
    },
  );
}
