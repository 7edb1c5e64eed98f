import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { stateRoot } from "../paths";
import { isAlive } from "../process";

/** Where backups go unless the user says so: outside every clone, and not removed with a stack. */
export const defaultFolder = (): string => join(stateRoot(), "backups");

/** `prod-20260102T030405Z.tar`: the names of one stack's backups sort by time. */
export const backupName = (stack: string, time: Date): string =>
  `${stack}-${time.toISOString().replace(/[-:]|\.\d+/g, "")}.tar`;

/** Where a backup is written until it is whole. */
export const partialName = (name: string): string => `.${name}.${process.pid}.partial`;

const namesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);

/** Backups of a stack, the newest first. */
export const backupsOf = (stack: string, folder: string): string[] =>
  namesIn(folder)
    .filter((name) => new RegExp(`^${stack}-\\d{8}T\\d{6}Z\\.tar$`).test(name))
    .sort()
    .reverse();

/**
 * Removes a stack's backups but for the newest, and what runs that were killed had not finished.
 *
 * @param keep how many stay; `undefined` for all
 * @returns what was removed
 */
export function prune(stack: string, folder: string, keep: number | undefined): string[] {
  const old = keep === undefined ? [] : backupsOf(stack, folder).slice(keep);
  const unfinished = namesIn(folder).filter((name) => {
    const [, owner, pid] = /^\.(.+)-\d{8}T\d{6}Z\.tar\.(\d+)\.partial$/.exec(name) ?? [];
    return owner === stack && !isAlive(Number(pid));
  });
  for (const name of [...old, ...unfinished]) rmSync(join(folder, name), { force: true });
  return [...old, ...unfinished];
}
