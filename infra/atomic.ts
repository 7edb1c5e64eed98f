import { chmodSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Writes a file, and its folder when there is none, so that a reader, and a host that loses its power, sees the old
 * content or the new one, never a part.
 *
 * @param mode of the file. Default: for its owner only
 */
export function writeAtomically(file: string, content: string, mode = 0o600): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, content, { mode, flush: true });
    chmodSync(temporary, mode);
    renameSync(temporary, file);
  } catch (error) {
    // On a full disk its part would be in the way of the next try.
    rmSync(temporary, { force: true });
    throw error;
  }
}
