import { join } from "node:path";
import { findPin } from "../pins";
import { run } from "../process";
import { versions } from "../versions";
import { hostArchitecture } from "./architecture";
import { goBuildInputs, goModules } from "./go-build";
import { installedEngine } from "./installed";
import { officialFiles } from "./official";
import { firstSource } from "./sources";
import { type Artifact, ensure, type Making } from "./store";

export interface EnginePrograms {
  /** Absolute path of the `pulumi` command. */
  pulumi: string;
  /** Folder with `pulumi` and `pulumi-language-nodejs`, for PATH. */
  bin: string;
  /** Where they came from, in words for the user. */
  source: string;
}

/** Of the official archive: all that a Node program needs, the rest is other languages. */
const WANTED = ["pulumi", "pulumi-language-nodejs"];
const OPTIONAL = ["pulumi-resource-pulumi-nodejs", "pulumi-analyzer-policy"];

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
      const official = officialFiles("pulumi-cli", versions.pulumi.engine, WANTED, hostArchitecture(), OPTIONAL);
      const builds = goModules(ENGINE_BUILD, LANGUAGE_HOST_BUILD);
      const source = await firstSource([official, builds], into, context);
      const { stdout } = await run(join(into, "bin", "pulumi"), ["version"], {
        env: { PULUMI_SKIP_UPDATE_CHECK: "true" },
      });
      context.step.update(stdout.trim());
      return { source };
    },
  };
}

/** The Pulumi engine: installed and new enough, else the official download, else built. */
export async function ensureEngine(making: Making): Promise<EnginePrograms> {
  const installed = await installedEngine(versions.pulumi.engine);
  if (installed.found) return installed.found;
  const { path, source } = await ensure(engineArtifact(), making);
  const bin = join(path, "bin");
  return { pulumi: join(bin, "pulumi"), bin, source: `${source}; ${installed.reason}` };
}
