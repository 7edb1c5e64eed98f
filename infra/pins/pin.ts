/** Architectures of machines, in Go's words; `any` for sources and charts. */
export type PinArchitecture = "amd64" | "arm64" | "any";

/** A file that may be downloaded: where it is and which bytes it must have. */
export interface Pin {
  name: string;
  version: string;
  architecture: PinArchitecture;
  url: string;
  /** SHA-256 of the file, lower-case hex. */
  sha256: string;
  /** Public sources that state the checksum, `owner/repository:path@commit`. */
  statedBy: readonly string[];
  /**
   * high: the publisher's own repository or two unrelated sources state it; medium: one named source;
   * low: not to be used without a check of one's own.
   */
  confidence: "high" | "medium" | "low";
}
