/**
 * One message of etcd's gateway while it sends a snapshot, a line of JSON.
 *
 * @returns the bytes in it
 * @throws with etcd's reason when it is an error
 */
export function snapshotBytes(line: string): Buffer {
  const { result, error } = JSON.parse(line) as { result?: { blob?: string }; error?: { message?: string } };
  if (error !== undefined) throw new Error(`etcd gives no snapshot: ${error.message ?? line}`);
  return Buffer.from(result?.blob ?? "", "base64");
}
