/** What a registry says of a tag or a digest. */
export interface FoundImage {
  /** `sha256:…` of the manifest, or of the index where the image is for several platforms. */
  digest: string;
  mediaType: string;
}

/** A registry of container images. Reads only. Rejects with `ServiceError`, or the signal's reason. */
export interface ImageRegistry {
  /** As it begins a reference: `ghcr.io`. */
  readonly host: string;
  /** The image behind a tag or a digest; undefined when the registry has none. */
  find(repository: string, tagOrDigest: string, signal: AbortSignal): Promise<FoundImage | undefined>;
  /** The platforms that it runs on, as `linux/arm64/v8`. */
  platforms(repository: string, image: FoundImage, signal: AbortSignal): Promise<string[]>;
}
