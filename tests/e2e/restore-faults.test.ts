import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { controlPlaneOf } from "../../infra/backup/control-plane";
import { exchangeData } from "../../infra/backup/restore";
import { commandsOf, type ExportedResource, type MachineCommand } from "../../infra/ssh/declared";
import { DevStack, describeOnHost, type Login, READY } from "./stack";

// What a first run builds counts too.
jest.setTimeout(3_600_000);

describeOnHost("a restore that goes wrong", () => {
  let stack: DevStack;
  let login: Login;
  let command: MachineCommand;

  beforeAll(async () => {
    stack = await DevStack.open("e2e-torn");
    await stack.must("up");
    login = await stack.login();
    const { resources } = await stack.deployment("--show-secrets");
    command = controlPlaneOf("e2e-torn", commandsOf(resources as unknown as ExportedResource[]));
  });

  afterAll(() => stack.close());

  /** Data of etcd that only looks like it. */
  function broken(name: string, files: Readonly<Record<string, string>>): string {
    const folder = join(stack.state, name);
    for (const part of ["snap", "wal"]) mkdirSync(join(folder, "member", part), { recursive: true });
    for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, "member", path), text);
    return folder;
  }

  const isAsBefore = async (): Promise<void> => {
    expect(await login.kubectl("get configmaps -o name")).toContain("configmap/from-a-user");
    expect(await login.ssh(0, "ls -A /var/lib/etcd /etc/kubernetes | grep ofwasm || echo nothing")).toBe("nothing");
    expect(await stack.must("status")).toMatch(READY);
  };

  it("data that is not whole changes nothing on the machine", async () => {
    await login.kubectl("create configmap from-a-user --from-literal=a=1");
    const etcd = "pgrep -x etcd";
    const before = await login.ssh(0, etcd);
    await expect(exchangeData(command, broken("empty", {}))).rejects.toThrow(
      /no member\/snap\/db .* nothing was changed/s,
    );
    expect(await login.ssh(0, etcd)).toBe(before);
    await isAsBefore();
  });

  it("data that etcd cannot read is taken out again, and the old data is back", async () => {
    const data = broken("garbage", { "snap/db": "no database" });
    // A pod has processes of any name; they are not waited for.
    const start = "cp /bin/bash /tmp/etcd && { unshare -n /tmp/etcd -c 'sleep 600; true' &>/dev/null & echo $!; }";
    const ofPod = await login.ssh(0, start);
    await expect(exchangeData(command, data, 20)).rejects.toThrow(/does not answer with the restored data/);
    await login.ssh(0, `kill ${ofPod} && rm /tmp/etcd`);
    await isAsBefore();
  });

  const aside = "/etc/kubernetes/ofwasm-aside";

  it("a run whose connection is lost puts the old data back by itself", async () => {
    const lost = expect(exchangeData(command, broken("lost", { "snap/db": "no database" }))).rejects.toThrow(
      /the connection was lost/,
    );
    const connection = "$(ps -o ppid= -p $(pgrep -of '^bash -s restore'))";
    await login.ssh(0, `until [ -e ${aside} ]; do sleep 0.1; done; kill -9 ${connection}`);
    await lost;
    // The script holds it to its end.
    await login.ssh(0, "flock -w 55 /run/lock/ofwasm-cluster.lock true");
    await isAsBefore();
  });

  it("a run that was killed between stop and start is undone by the next", async () => {
    await login.ssh(
      0,
      `mkdir ${aside} && mv /etc/kubernetes/manifests/*.yaml ${aside}/ && while pgrep -x etcd >/dev/null; do sleep 0.2; done;
       mkdir /var/lib/etcd/.ofwasm-before && mv /var/lib/etcd/member /var/lib/etcd/.ofwasm-before/`,
    );
    await expect(exchangeData(command, broken("empty-again", {}))).rejects.toThrow(/nothing was changed/);
    await isAsBefore();
  });
});
