import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DevStack, describeOnHost, eventually, type Login, READY } from "./stack";

// What a first run builds counts too.
jest.setTimeout(3_600_000);

const PRODUCTION = { production: "true" };

describeOnHost("a cluster that is saved and restored", () => {
  const folder = mkdtempSync(join(tmpdir(), "ofwasm-backups-"));
  let stack: DevStack;
  let login: Login;
  let file: string;

  beforeAll(async () => {
    stack = await DevStack.open("e2e-save");
    expect(await stack.must("up", PRODUCTION)).toMatch(READY);
    login = await stack.login();
  });

  afterAll(async () => {
    await stack.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const backup = (...words: string[]): Promise<string> => stack.must("backup", {}, [...words, "--to", folder]);
  const configMaps = (): Promise<string> => login.kubectl("get configmaps -o jsonpath='{.items[*].metadata.name}'");

  it("is saved into one file of its owner, of which the newest are kept", async () => {
    await login.kubectl("create configmap from-a-user --from-literal=a=1");
    await backup();
    await backup("--keep", "1");
    const [name, ...others] = readdirSync(folder);
    expect(others).toEqual([]);
    file = join(folder, name!);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await backup("list")).toMatch(new RegExp(`^${file} {3}taken \\S+ {3}Kubernetes v1\\.\\S+, etcd 3\\.\\S+`));
    expect(await stack.must("backup", {}, ["verify", file])).toContain("every checksum is right");
    // No key of the cluster is on the terminal.
    expect(stack.printed).not.toMatch(/PRIVATE KEY/);
  });

  it("has after a restore what it had then, and functions answer", async () => {
    await login.kubectl("delete configmap from-a-user");
    await login.kubectl("create configmap made-since --from-literal=a=1");
    expect(await stack.must("backup", {}, ["restore", file])).toContain("holds what it held at");
    expect(await configMaps()).toBe("from-a-user kube-root-ca.crt");
    expect(await stack.must("status", PRODUCTION)).toMatch(READY);
    // A controller that still waits for the old data would start no pod.
    await login.kubectl("-n functions delete pod --all --grace-period=1 --wait=false");
    const ready = (): Promise<string> =>
      login.kubectl("-n functions get deployment http-server -o jsonpath={.status.readyReplicas}");
    expect(await eventually(ready, (count) => count === "1", 60_000)).toBe("1");
    expect(await stack.must("up", PRODUCTION, ["--refresh"])).toMatch(READY);
    expect(await login.ssh(0, "ls -A /var/lib/etcd /etc/kubernetes | grep ofwasm || echo nothing")).toBe("nothing");
  });

  it("is not removed while it is in production, and is removed once that is lifted", async () => {
    const { code, text } = await stack.run("down", PRODUCTION);
    expect(code).toBe(2);
    expect(text).toMatch(/is one in production and has \d+ protected resources: .*e2e-save-0-machine/);
    expect(await stack.machines()).toHaveLength(1);
    expect((await stack.run("down")).text).toMatch(/stack e2e-save has \d+ protected resources/);
    expect(await stack.must("up")).toMatch(READY);
  });

  it("made anew on another machine, has what users had put into the old one", async () => {
    expect(await stack.must("up", {}, ["--replace", "e2e-save-0-machine"])).toMatch(READY);
    login = await stack.login();
    expect(await configMaps()).toBe("kube-root-ca.crt");
    await stack.must("backup", {}, ["restore", file]);
    expect(await configMaps()).toBe("from-a-user kube-root-ca.crt");
    expect(await stack.must("up", {}, ["--refresh"])).toMatch(READY);
    await stack.must("down");
    expect(await stack.traces(1)).toEqual([]);
    expect(statSync(file).isFile()).toBe(true);
  });
});
