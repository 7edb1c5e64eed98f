import { createHash } from "node:crypto";

/** One part of a machine's user-data. */
export interface UserDataPart {
  /** `text/cloud-config`, `text/x-shellscript`, `application/node.eks.aws`, … */
  type: string;
  content: string;
}

/** Parts as one MIME document. The boundary is of their content, so that the same parts are the same text. */
export function mimeMultipart(parts: readonly UserDataPart[]): string {
  const boundary = `ofwasm-${createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 24)}`;
  const lines = parts.flatMap(({ type, content }) => [
    `--${boundary}`,
    `Content-Type: ${type}; charset="utf-8"`,
    "MIME-Version: 1.0",
    "Content-Transfer-Encoding: 8bit",
    "",
    content,
  ]);
  return [
    "MIME-Version: 1.0",
    `Content-Type: multipart/mixed; boundary="${boundary}"`,
    "",
    ...lines,
    `--${boundary}--`,
    "",
  ].join("\n");
}
