import { makeKeyPair } from "../../infra/local/machine/keys";
import { mirrorMissing, upstreamMirror } from "../support/upstream";
import { DevStack, describeOnHost, type SetValues } from "./stack";

// What a first run builds counts too.
jest.setTimeout(3_600_000);

/** With advice or without. */
const PASSED = /Policies:\n\s+(✅|⚠️) openfunction-wasm@/;
const BROKEN = /- \[(mandatory|advisory)\] .*/g;

const host = (index: number) => ({ address: `192.0.2.${index}`, hostKey: makeKeyPair().publicKey });

/** Every way in which a stack of this project may differ in what it declares. */
const OWN: Readonly<Record<string, SetValues>> = {
  "the default one": {},
  "three machines with an overlay": { nodes: 3, network: "overlay" },
  "both samples": { daprSample: "true" },
  "a sample that is built in the cluster": { sampleBuild: "samples/http-server" },
  "a sample that is built with privileges": { sampleBuild: "samples/http-server", privilegedBuilds: "true" },
  "machines of somebody's own": {
    composition: "ssh",
    kubernetesVersion: "1.34.11",
    sshAgent: "true",
    hosts: JSON.stringify([host(1), host(2)]),
  },
};

const LANE = { mirror: upstreamMirror(), imagePrefix: "registry.example.org/team" };
const BUILT = { ...LANE, sampleRepository: "https://git.example.org/fork#v1" };

const WITH_CHARTS: Readonly<Record<string, SetValues>> = {
  "the whole platform": { platform: "full", mirror: upstreamMirror() },
  "the lane knative": { ...BUILT, platform: "build,serve", sampleLane: "knative" },
  "the lane openfunction": { ...BUILT, platform: "full", sampleLane: "openfunction" },
};

const withCharts = mirrorMissing() === "" ? it : it.skip;

describeOnHost("the project's own rules", () => {
  let stack: DevStack;
  beforeAll(async () => {
    stack = await DevStack.open("e2e-rules");
  });
  afterAll(() => stack.close());

  /** What a preview says that some rule finds. */
  async function found(set: SetValues): Promise<string[]> {
    const text = await stack.must("preview", set);
    expect(text).toMatch(PASSED);
    return text.match(BROKEN) ?? [];
  }

  it.each(Object.entries(OWN))("hold for %s", async (_, set) => expect(await found(set)).toEqual([]));

  withCharts.each(Object.entries(WITH_CHARTS))(`hold for %s ${mirrorMissing()}`, async (_, set) =>
    expect(await found(set)).toEqual([]),
  );

  withCharts("find the one thing that a setting asks for", async () => {
    const privileged = { platform: "build", mirror: upstreamMirror(), privilegedBuilds: "true" };
    expect(await found(privileged)).toEqual([
      expect.stringMatching(/advisory.*kubernetes-privileged-build .*:wasmedge\)/),
    ]);
  });
});
