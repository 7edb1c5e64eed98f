import { copyFileSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { findPin } from "../pins";
import { run } from "../process";
import { type Architecture, hostArchitecture } from "./architecture";
import { fetchPublished } from "./mirror";
import { type Source, Unavailable } from "./sources";

/**
 * Programs out of a pinned official archive, put into `bin/`.
 *
 * @param wanted names of files in the archive, at its top or one folder down
 * @param optional as `wanted`, but may be absent
 */
export function officialFiles(
  name: string,
  version: string,
  wanted: readonly string[],
  architecture: Architecture = hostArchitecture(),
  optional: readonly string[] = [],
): Source {
  return {
    name: "official download",
    async fill(into, context) {
      const pin = findPin(name, version, architecture);
      if (!pin) throw new Unavailable(`no published checksum of ${name} ${version} for ${architecture}`);
      const archive = join(into, "archive.tar.gz");
      const place = await fetchPublished(pin, archive, context);
      const unpacked = join(into, ".work");
      mkdirSync(unpacked);
      await run("tar", ["-xzf", archive, "-C", unpacked], { log: context.log, signal: context.signal });
      await run("find", [unpacked, "-mindepth", "2", "-maxdepth", "2", "-exec", "mv", "-n", "-t", unpacked, "{}", "+"]);
      mkdirSync(join(into, "bin"));
      for (const file of wanted) copyFileSync(join(unpacked, file), join(into, "bin", file));
      for (const file of optional)
        if (existsSync(join(unpacked, file))) copyFileSync(join(unpacked, file), join(into, "bin", file));
      rmSync(unpacked, { recursive: true });
      rmSync(archive);
      return place;
    },
  };
}
