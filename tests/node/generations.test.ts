import { createReadStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { streamProgress } from "../../infra/toolchain/progress";
import { readSampleImage, sampleImage } from "../../infra/toolchain/sample";
import { ensure } from "../../infra/toolchain/store";
import { askOnce } from "../e2e/traffic";
import { eventually } from "../support/eventually";
import { otherPayload } from "../support/other-payload";
import { describeOnHost, expectCode, result, TestNode } from "./support";

jest.setTimeout(3_600_000);

/** One more than a machine keeps beside the one that is in use. */
const CHANGES = 3;

const SANDBOX = "registry.k8s.io/pause:3.10";

describeOnHost("a function that runs while the runtime changes again and again", () => {
  let folder: string;
  let node: TestNode;
  let container: string;

  const url = (): string => `http://${node.spec.address}:8080/echo`;
  const generations = async (): Promise<string[]> =>
    (await node.sh("ls /opt/ofwasm/runtime")).split("\n").filter((name) => /^[0-9a-f]{32}$/.test(name));
  const crictl = (command: string): Promise<string> =>
    node.sh(`/opt/ofwasm/runtime/current/bin/crictl -r unix:///run/containerd/containerd.sock ${command}`);
  /** Its process and the libraries of the runtime that it has in memory. */
  const inMemory = async (): Promise<{ pid: string; libraries: string }> => {
    const pid = await crictl(`inspect --output go-template --template '{{.info.pid}}' ${container}`);
    return { pid, libraries: await node.sh(`grep -o '/opt/ofwasm.*libwasmedge.*' /proc/${pid}/maps | sort -u`) };
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "ofwasm-generations-"));
    node = await TestNode.create("generations-test");
    expectCode(await node.script("apply"), 0);
    const image = readSampleImage((await ensure(sampleImage("http-server"), { progress: streamProgress() })).path);
    await node.run("cat >sample.tar", createReadStream(image.archive));
    const share = "/opt/ofwasm/runtime/current/share";
    await node.sh(
      `ctr -n k8s.io images import sample.tar && ctr -n k8s.io images import ${share}/pause.tar && ` +
        `ctr -n k8s.io images tag ofwasm.invalid/pause:1 ${SANDBOX}; sleep 0.5`,
    );
    const pod = {
      metadata: { name: "function", namespace: "test", uid: "1" },
      annotations: { "module.wasm.image/variant": "compat-smart" },
      linux: { security_context: { namespace_options: { network: 2 } } },
    };
    const main = {
      metadata: { name: "main" },
      image: { image: image.reference },
      command: ["/wasmedge_hyper_server.wasm"],
    };
    await node.sh("cat >pod.json", JSON.stringify(pod));
    await node.sh("cat >main.json", JSON.stringify({ ...main, linux: {} }));
    container = await crictl("run --no-pull --runtime crun main.json pod.json");
  });
  afterAll(async () => {
    await node?.destroy();
    rmSync(folder, { recursive: true, force: true });
  });

  it("keeps its process and answers, even when the files that it began with are gone", async () => {
    expect(
      await eventually(
        () => askOnce(url()),
        (problem) => problem === undefined,
      ),
    ).toBeUndefined();
    const [first] = await generations();
    const before = await inMemory();
    expect(before.libraries).toContain(`/${first}/`);
    for (let change = 0; change < CHANGES; change++) {
      node.runtime = await otherPayload(mkdtempSync(join(folder, "payload-")), `change ${change}`);
      await node.sendPayload();
      const ended = await node.script("apply");
      expectCode(ended, 0);
      expect(result(ended)).toMatchObject({ changed: true, generation: node.runtime.manifest.generation });
      expect((await inMemory()).pid).toBe(before.pid);
      expect(await askOnce(url())).toBeUndefined();
    }
    expect(await generations()).not.toContain(first);
    expect((await inMemory()).libraries).toBe(`${before.libraries} (deleted)`);
  });

  it("is ended by the crun of today", async () => {
    const { pid } = await inMemory();
    await crictl(`stop --timeout 5 ${container}`);
    await crictl(`rm ${container}`);
    await crictl("rmp -fa");
    expect(await node.sh(`test ! -e /proc/${pid} && echo gone`)).toBe("gone");
    expect(await node.sh("ls /run/crun 2>/dev/null | wc -l")).toBe("0");
  });
});
