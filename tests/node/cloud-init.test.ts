import { createReadStream } from "node:fs";
import type { RequestListener } from "node:http";
import { type UserDataArgs, userData } from "../../components/cloud-init";
import { BASE } from "../../infra/local/image/packages";
import type { RuntimePayload } from "../../infra/toolchain/payload";
import { FileServer } from "./file-server";
import { describeOnHost, TestNode } from "./support";

jest.setTimeout(540_000);

/** Debian's own package; debootstrap finds no package that is only reached through a virtual one, so that is named. */
const WITH_CLOUD_INIT = { packages: [...BASE.packages, "cloud-init", "python3-cffi-backend"] };

/**
 * What a cloud's image brings along: where user-data comes from, and that the machine's network and host key are not
 * cloud-init's to make.
 */
const IMAGE_CONFIG = `datasource_list: [NoCloud]
network: { config: disabled }
ssh_deletekeys: false
disable_root: false
preserve_hostname: true
`;

/** What a cloud gives a machine: its user-data, and the name of the instance. */
const seed = (data: Buffer) => ({
  "etc/cloud/cloud.cfg.d/99-image.cfg": IMAGE_CONFIG,
  "var/lib/cloud/seed/nocloud/user-data": data,
  "var/lib/cloud/seed/nocloud/meta-data": "instance-id: i-0123456789abcdef0\n",
});

/**
 * What nodeadm does on Amazon Linux, as far as it matters here, in units of the same names and order: the first writes
 * containerd's file anew at every boot, before cloud-init runs scripts; the second, after it, starts containerd and
 * kubelet. Debian's cloud-init ends after multi-user.target, so the second is wanted by a later one.
 */
const NODEADM = {
  "etc/systemd/system/nodeadm-config.service": `[Unit]
Before=cloud-config.service
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'test -e /var/lib/original.toml || cp /etc/containerd/config.toml /var/lib/original.toml; cp /var/lib/original.toml /etc/containerd/config.toml'
`,
  "etc/systemd/system/nodeadm-run.service": `[Unit]
After=nodeadm-config.service cloud-final.service
Requires=nodeadm-config.service
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'systemctl restart containerd && grep -c "runtimes.crun]" /etc/containerd/config.toml >/run/kubelet-started'
`,
  "etc/systemd/system/multi-user.target.d/nodeadm.conf": "[Unit]\nWants=nodeadm-config.service\n",
  "etc/systemd/system/cloud-init.target.d/nodeadm.conf": "[Unit]\nWants=nodeadm-run.service\n",
};

const ORDER = { after: ["nodeadm-config.service"], gates: ["nodeadm-run.service"] };

interface Status {
  state: string;
  step?: string;
  reason?: string;
  runtime?: { changed: boolean; payloadDigest: string };
}

const CRICTL = "/opt/ofwasm/runtime/current/bin/crictl -r unix:///run/containerd/containerd.sock";

/** How often the kubelet's containerd knew the runtime when it started; waits for that. */
const KUBELET_STARTED = "for i in $(seq 300); do cat /run/kubelet-started 2>/dev/null && break; sleep 0.2; done";

const STATUS = "cat /var/lib/ofwasm/bootstrap/status";

const statusOf = async (node: TestNode): Promise<Status> => JSON.parse(await node.sh(STATUS)) as Status;

/** Waits for cloud-init's own end and gives its exit code; nothing is changed on the machine. */
const cloudInitEnds = async (node: TestNode): Promise<string> =>
  node.sh('cloud-init status --wait --long || echo "exit code $?"');

describeOnHost("user-data, fed to Debian's cloud-init", () => {
  const stack = "cloud-init";
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
    node = await TestNode.born(stack, WITH_CLOUD_INIT, "payload", (made, host) => {
      runtime = made;
      const url = `${server.url(host)}/payload.tar.gz`;
      return { ...NODEADM, ...seed(userData({ deadlineSeconds: 120, ...args({ manifest: made.manifest, url }) })) };
    });
    return node;
  };

  it("makes a machine ready with no command over SSH, before a kubelet may start, at every boot", async () => {
    const join = { script: 'test "$OFWASM_NODE_LABELS" = ofwasm.dev/wasmedge=proved && echo joined >>/root/joins' };
    const machine = await boot((payload) => ({ payload, join, marksNode: false, ...ORDER }));
    const begun = Date.now();
    expect(await cloudInitEnds(machine)).toContain("status: done");
    process.stderr.write(`cloud-init was done ${Date.now() - begun} ms after SSH had answered\n`);
    process.stderr.write(`${await machine.sh("journalctl -u ofwasm-bootstrap -o cat")}\n`);
    expect(await statusOf(machine)).toMatchObject({
      state: "ready",
      runtime: { changed: true, payloadDigest: `sha256:${runtime.manifest.sha256}` },
    });
    expect(await machine.sh(`${CRICTL} info`)).toContain('"crun": {');
    expect(await machine.sh(KUBELET_STARTED)).toBe("1");

    await machine.powerCycle();
    expect(await machine.sh(KUBELET_STARTED)).toBe("1");
    expect(await statusOf(machine)).toMatchObject({ state: "ready", runtime: { changed: true } });
    expect(await machine.sh(`${CRICTL} info`)).toContain('"crun": {');
    expect(await machine.sh("cat /root/joins")).toBe("joined");
    expect(requests).toEqual(["/payload.tar.gz"]);
  });

  it("fails for everybody to see when the payload is another one, touches nothing, and no kubelet starts", async () => {
    answer = (_, response) => response.end("something else");
    const machine = await boot((payload) => ({ payload, join: { script: "touch /root/joined" }, ...ORDER }));
    expect(await cloudInitEnds(machine)).toContain("status: error");
    const status = await statusOf(machine);
    expect(status).toMatchObject({ state: "failed", step: "download" });
    expect(status.reason).toContain(`and ${runtime.manifest.sha256} was announced; nothing was installed`);
    // Its start was asked for before the gate was there, or comes after it: it fails, or is given up.
    await machine.sh(
      "for i in $(seq 150); do systemctl list-jobs --no-legend | grep -q nodeadm-run || break; sleep 0.2; done",
    );
    expect(await machine.sh("systemctl is-active nodeadm-run || true")).toMatch(/^(failed|inactive)$/);
    expect(await machine.sh("systemctl show --value -p Result ofwasm-bootstrap")).toBe("exit-code");
    const touched = "ls -d /opt/ofwasm /usr/local/bin/crun /root/joined /run/kubelet-started 2>/dev/null || true";
    expect(await machine.sh(touched)).toBe("");
    await machine.sh("cmp /var/lib/original.toml /etc/containerd/config.toml && systemctl is-active containerd");
    expect(requests).toEqual(["/payload.tar.gz"]);
  });
});
