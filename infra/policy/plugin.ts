import { join } from "node:path";
import { type PluginChoice, pluginBundle } from "../toolchain/plugins";
import { PACK } from "./pack-name";

/** What the engine starts for a pack of the runtime `ofw`. From its folder of plugins it does so without a warning. */
export const policyPlugin = (): PluginChoice => ({
  kind: "analyzer",
  name: "policy-ofw",
  version: PACK.version,
  program: { kind: "bundle", file: pluginBundle(join(__dirname, "main.ts")) },
  source: "embedded in this program",
});
