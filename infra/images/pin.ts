/** An image that a chart names, and where its content is had now: with a digest, or with the reason why there is none. */
export type ImagePin = PinnedImage | UnpinnedImage;

interface Home {
  /** As the chart renders it. */
  rendered: string;
  /** Repository that is alive, with its registry, and the tag for people. */
  home: string;
  /** Why no copy of it is made: nothing here runs it. */
  uncopied?: string;
}

export interface PinnedImage extends Home {
  /** Digest of the manifest or the index. */
  digest: string;
  /** Public sources that state the digest, `owner/repository:path@commit`. */
  statedBy: readonly string[];
}

export interface UnpinnedImage extends Home {
  /** Why there is no digest: none was invented. */
  unpinned: string;
}
