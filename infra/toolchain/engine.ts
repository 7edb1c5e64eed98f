import { cpSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { findPin } from "../pins";
import { run } from "../process";
import { versions } from "../versions";
import { hostArchitecture } from "./architecture";
import { download } from "./download";
import { goBuild, goBuildInputs } from "./go-build";
import { installedEngine } from "./installed";
import type { Progress } from "./progress";
import { firstSource, type Source, Unavailable } from "./sources";
import { type Artifact, ensure, type ProduceContext } from "./store";

export interface EnginePrograms {
  /** Absolute path of the `pulumi` command. */
  pulumi: string;
  /** Folder with `pulumi` and `pulumi-language-nodejs`, for PATH. */
  bin: string;
  /** Where they came from, in words for the user. */
  source: string;
}

/** Of the official archive: all that a Node program needs, the rest is other languages. */
const WANTED = ["pulumi", "pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs", "pulumi-analyzer-policy"];

const ENGINE_BUILD = {
  module: "engine",
  binaries: { pulumi: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi" },
  variables: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${versions.pulumi.engine}` },
};

/** Later modules do not contain the language host; the engine speaks with this one all the same. */
const LANGUAGE_HOST_BUILD = {
  module: "language-host",
  binaries: {
    "pulumi-language-nodejs": "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
  },
  variables: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${versions.pulumi.languageHost}` },
};

const officialArchive: Source = {
  name: "official download",
  async fill(into, context) {
    const pin = findPin("pulumi-cli", versions.pulumi.engine, hostArchitecture());
    if (!pin) throw new Unavailable(`no published checksum of Pulumi ${versions.pulumi.engine} for ${process.arch}`);
    const archive = join(into, "pulumi.tar.gz");
    await download(pin, archive, context);
    await unpack(archive, into, context);
  },
};

async function unpack(archive: string, into: string, { log, signal }: ProduceContext): Promise<void> {
  const unpacked = join(into, ".work");
  mkdirSync(unpacked);
  mkdirSync(join(into, "bin"));
  await run("tar", ["-xzf", archive, "-C", unpacked, "--strip-components=1"], { log, signal });
  for (const name of WANTED)
    if (existsSync(join(unpacked, name))) cpSync(join(unpacked, name), join(into, "bin", name));
  rmSync(unpacked, { recursive: true });
  rmSync(archive);
}

const goModules: Source = {
  name: "built from the Go module proxy",
  async fill(into, context) {
    await goBuild(ENGINE_BUILD, into, context);
    await goBuild(LANGUAGE_HOST_BUILD, into, context);
  },
};

/** `bin/` with the engine and the language host for Node. */
export function engineArtifact(): Artifact {
  return {
    name: "engine",
    title: `Pulumi engine ${versions.pulumi.engine}`,
    inputs: [
      findPin("pulumi-cli", versions.pulumi.engine, hostArchitecture())?.sha256 ?? "",
      ...goBuildInputs(ENGINE_BUILD),
      ...goBuildInputs(LANGUAGE_HOST_BUILD),
    ],
    async produce(into, context) {
      const source = await firstSource([officialArchive, goModules], into, context);
      const { stdout } = await run(join(into, "bin", "pulumi"), ["version"], {
        env: { PULUMI_SKIP_UPDATE_CHECK: "true" },
      });
      context.step.update(stdout.trim());
      return { source };
    },
  };
}

/** The Pulumi engine: installed and new enough, else the official download, else built. */
export async function ensureEngine(progress: Progress, signal?: AbortSignal): Promise<EnginePrograms> {
  const installed = await installedEngine(versions.pulumi.engine);
  if (installed.found) return installed.found;
  const { path, source } = await ensure(engineArtifact(), progress, signal);
  const bin = join(path, "bin");
  return { pulumi: join(bin, "pulumi"), bin, source: `${source}; ${installed.reason}` };
}
