import { createReadStream } from "node:fs";
import type { RequestListener } from "node:http";
import { type UserDataArgs, userData } from "../../components/cloud-init";
import { BASE } from "../../infra/local/image/packages";
import { stackNetwork } from "../../infra/local/machine/networks";
import type { RuntimePayload } from "../../infra/toolchain/payload";
import { FileServer } from "./file-server";
import { describeOnHost, TestNode } from "./support";

jest.setTimeout(540_000);

/** Debian's own package, with everything that it depends on. */
const WITH_CLOUD_INIT = { packages: [...BASE.packages, "cloud-init"] };

/**
 * What a cloud's image brings along: where user-data comes from, and that the machine's network and host key are not
 * cloud-init's to make.
 */
const IMAGE_CONFIG = {
  datasource_list: ["NoCloud"],
  network: { config: "disabled" },
  ssh_deletekeys: false,
  disable_root: false,
  preserve_hostname: true,
};

/** What a cloud gives a machine: its user-data, and the name of the instance. */
const seed = (data: Buffer) => ({
  "etc/cloud/cloud.cfg.d/99-image.cfg": JSON.stringify(IMAGE_CONFIG),
  "var/lib/cloud/seed/nocloud/user-data": data,
  "var/lib/cloud/seed/nocloud/meta-data": "instance-id: i-0123456789abcdef0\n",
});

interface Status {
  state: string;
  step?: string;
  reason?: string;
  runtime?: { changed: boolean; payloadDigest: string };
}

const STATUS = "cat /var/lib/ofwasm/bootstrap/status";

const statusOf = async (node: TestNode): Promise<Status> => JSON.parse(await node.sh(STATUS)) as Status;

/** Waits for cloud-init's own end and gives its exit code; nothing is changed on the machine. */
const cloudInitEnds = async (node: TestNode): Promise<string> =>
  node.sh('cloud-init status --wait --long || echo "exit code $?"');

describeOnHost("user-data, fed to Debian's cloud-init", () => {
  const stack = "cloud-init";
  const { gateway } = stackNetwork(stack);
  let node: TestNode | undefined;
  let server: FileServer;
  let requests: string[];
  let answer: RequestListener;
  let runtime: RuntimePayload;

  beforeEach(async () => {
    requests = [];
    answer = (_, response) => createReadStream(runtime.path).pipe(response);
    server = await FileServer.open((request, response) => {
      requests.push(request.url ?? "");
      answer(request, response);
    });
  });
  afterEach(async () => {
    await node?.destroy();
    node = undefined;
    await server.close();
  });

  /** Boots a machine that is given nothing but its user-data. */
  const boot = async (args: (payload: UserDataArgs["payload"]) => UserDataArgs): Promise<TestNode> => {
    node = await TestNode.born(stack, WITH_CLOUD_INIT, "payload", (made) => {
      runtime = made;
      return seed(userData(args({ manifest: made.manifest, url: `${server.url(gateway)}/payload.tar.gz` })));
    });
    return node;
  };

  it("makes a machine ready with no command over SSH, and is over for good", async () => {
    const join = { script: 'test "$OFWASM_NODE_LABELS" = ofwasm.dev/wasmedge=proved && echo joined >>/root/joins' };
    const machine = await boot((payload) => ({ payload, join, marksNode: false }));
    const begun = Date.now();
    expect(await cloudInitEnds(machine)).toContain("status: done");
    process.stderr.write(`cloud-init done ${Date.now() - begun} ms after SSH answered\n`);
    const status = await statusOf(machine);
    expect(status).toMatchObject({
      state: "ready",
      runtime: { changed: true, payloadDigest: `sha256:${runtime.manifest.sha256}` },
    });
    expect(
      await machine.sh("/opt/ofwasm/runtime/current/bin/crictl -r unix:///run/containerd/containerd.sock info"),
    ).toContain('"crun": {');
    expect(await machine.sh("cat /root/joins")).toBe("joined");
    process.stderr.write(`${await machine.sh("journalctl -u ofwasm-bootstrap -o cat")}\n`);

    const before = await machine.snapshot();
    await machine.powerCycle();
    await machine.sh("systemctl is-active --quiet ofwasm-bootstrap || systemctl start ofwasm-bootstrap");
    expect(await statusOf(machine)).toMatchObject({ state: "ready" });
    expect(await machine.sh("cat /root/joins")).toBe("joined");
    expect(requests).toEqual(["/payload.tar.gz"]);
    expect(before).not.toBe("");
  });

  it("fails for everybody to see when the payload is another one, and touches nothing", async () => {
    answer = (_, response) => response.end("something else");
    const machine = await boot((payload) => ({
      payload,
      join: { script: "touch /root/joined" },
      gates: ["kubelet.service"],
    }));
    expect(await cloudInitEnds(machine)).toContain("status: error");
    const status = await statusOf(machine);
    expect(status).toMatchObject({ state: "failed", step: "download" });
    expect(status.reason).toContain(`and ${runtime.manifest.sha256} was announced; nothing was installed`);
  });
});
