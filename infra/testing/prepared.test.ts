import { join } from "node:path";
import { type ArtifactName, slowArtifacts } from "../artifacts";
import { rawSettings } from "../engine/stack-files";
import { parseSettings } from "../settings";
import { SAMPLE_NAMES, sampleImage, sampleModule } from "../toolchain/sample";
import { type Artifact, artifactPath } from "../toolchain/store";
import { testArtifacts } from "./prepared";

const defaults = rawSettings(join(__dirname, "../.."));
/** What the local composition needs. */
const needs: readonly ArtifactName[] = ["localMachines", "payload", "sample", "flannel", "charts"];
const prepared = Object.values(testArtifacts()).map(artifactPath);

/** What takes minutes in `up` with these settings, and not without them. */
function added(change: Record<string, string>): Artifact[] {
  const slow = (settings: Record<string, string>): Artifact[] => slowArtifacts(needs, parseSettings(settings));
  const known = slow(defaults).map(artifactPath);
  return slow({ ...defaults, ...change }).filter((artifact) => !known.includes(artifactPath(artifact)));
}

test.each([
  [{ daprSample: "true" }],
  [{ sampleBuild: "samples/http-server" }],
  [{ network: "overlay" }],
  [{ platform: "full" }],
])("no test with %j waits for what it adds", (change) => {
  const wanted = added(change as Record<string, string>);
  expect(wanted).not.toEqual([]);
  for (const artifact of wanted)
    expect([artifact.title, prepared.includes(artifactPath(artifact))]).toEqual([artifact.title, true]);
});

test("both samples are compiled and packed before any test", () => {
  for (const name of SAMPLE_NAMES)
    expect(prepared).toEqual(expect.arrayContaining([sampleModule(name), sampleImage(name)].map(artifactPath)));
});
