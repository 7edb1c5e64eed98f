import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { gitLoginSecret } from "../../components/image-build";
import { imageBuild } from "../../components/image-build/job";
import { gitServer } from "../support/git-server";
import { settled } from "../support/graph";
import { CLONE, note } from "./command";
import { DevStack, describeOnHost, eventually, type Login, READY } from "./stack";
import { startTraffic } from "./traffic";

// What a first run builds is there before: see `prepareTests`.
jest.setTimeout(900_000);

const HOST = "registry.images.svc.cluster.local:5000";

interface Job {
  metadata: { name: string; uid: string };
  spec: { template: { spec: { containers: [{ image: string }] } } };
  status: { succeeded?: number; startTime: string; completionTime: string };
}

describeOnHost("a function whose image is built in the cluster, from a folder", () => {
  let folder: string;
  let stack: DevStack;
  let login: Login;
  let url: string;
  let first: string;
  let set: { sampleBuild: string };

  const objects = async <T>(what: string): Promise<T[]> =>
    (JSON.parse(await login.kubectl(`get ${what} -o json`)) as { items: T[] }).items;
  const jobs = (): Promise<Job[]> => objects("-n function-builds jobs");
  /** Images of the function's pods, as their specifications name them, each followed by a space. */
  const images = (): Promise<string> =>
    login.kubectl(
      "-n functions get pods -l app.kubernetes.io/name=http-server -o jsonpath='{range .items[*]}{.spec.containers[0].image} {end}'",
    );

  beforeAll(async () => {
    folder = join(mkdtempSync(join(tmpdir(), "ofwasm-source-")), "http-server");
    cpSync(join(CLONE, "samples/http-server"), folder, {
      recursive: true,
      filter: (file) => !file.endsWith("/target"),
    });
    set = { sampleBuild: folder };
    stack = await DevStack.open("e2e-dbuild");
  });
  afterAll(async () => {
    await stack.close();
    rmSync(join(folder, ".."), { recursive: true, force: true });
  });

  it("up compiles it in a pod, pushes it to a registry of the stack, and it answers", async () => {
    const text = await stack.must("up", set);
    expect(text).toMatch(READY);
    url = READY.exec(text)![1]!;
    login = await stack.login();
    const [job, ...others] = await jobs();
    expect([job?.status.succeeded, others]).toEqual([1, []]);
    const { startTime, completionTime } = job!.status;
    note(`build: ${(Date.parse(completionTime) - Date.parse(startTime)) / 1000} s`);
    first = (await images()).trim();
    expect(first).toBe(`${HOST}/http-server:${/^http-server-([0-9a-f]{16})-/.exec(job!.metadata.name)?.[1]}`);
    // Nothing but the build could have brought it.
    const listed = await login.ssh(0, "ctr -n k8s.io images list -q");
    expect(listed).toContain(first);
    expect(listed).not.toContain("ofwasm.local/http-server");
  });

  it("up again changes nothing and builds nothing", async () => {
    const [before] = await jobs();
    expect(await stack.must("up", set)).toMatch(/Resources:\n +\d+ unchanged\n/);
    expect(await jobs()).toEqual([before]);
  });

  it("the registry's password is in no state, no log and on no command line", async () => {
    const secret = await login.kubectl("-n images get secret registry -o jsonpath={.data.password}");
    const password = Buffer.from(secret, "base64").toString();
    expect(password).toHaveLength(32);
    for (const [path, text] of stack.stateTexts()) expect([path, text.includes(password)]).toEqual([path, false]);
    expect(stack.printed.includes(password)).toBe(false);
    const commands = await login.ssh(0, "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' || :");
    expect(commands).toContain("docker-registry serve");
    expect(commands.includes(password)).toBe(false);
    expect(await login.ssh(0, `cat /etc/containerd/certs.d/${HOST}/hosts.toml`)).toMatch(/capabilities = \["pull", /);
  });

  it("a source that does not build fails up with the reason, and the function goes on", async () => {
    const dockerfile = readFileSync(join(folder, "Dockerfile"), "utf8");
    writeFileSync(join(folder, "Dockerfile"), "FROM scratch\nCOPY absent /absent\n");
    const { code, text } = await stack.run("up", set);
    expect(code).toBe(1);
    expect(text).toMatch(/step-build-and-push ended: exit code 1: shp-error-message=.*absent/);
    expect(text).toMatch(/shp-error-reason=ImageBuildFailed/);
    expect((await images()).trim()).toBe(first);
    expect((await fetch(`${url}`, { method: "POST", body: "still" })).status).toBe(200);
    writeFileSync(join(folder, "Dockerfile"), dockerfile);
  });

  it("a changed source is built again, and rolls the function without a failed request", async () => {
    const file = join(folder, "src/answer.rs");
    const source = readFileSync(file, "utf8");
    const changed = source.replace("POST something", "POST anything");
    expect(changed).not.toBe(source);
    writeFileSync(file, changed);
    const traffic = startTraffic(url);
    expect(await stack.must("up", set)).toMatch(READY);
    const { asked, failures } = await traffic.stop();
    note(`${asked} requests while it was built and rolled, ${failures.length} failed`);
    expect(failures).toEqual([]);
    expect(await (await fetch(url.replace("/echo", "/"))).text()).toContain("POST anything to /echo");
    const running = await eventually(images, (text) => text.trim().split(" ").length === 1);
    expect(running.trim()).not.toBe(first);
    expect(await jobs()).toHaveLength(1);
  });

  it("a commit of a repository is built by the same Job, with a password that nothing shows", async () => {
    const root = join(folder, "..", "git");
    const git = (...args: string[]): string =>
      execFileSync("git", ["-C", join(root, "app"), "-c", "user.name=t", "-c", "user.email=t@t", ...args], {
        encoding: "utf8",
      }).trim();
    mkdirSync(join(root, "app/image"), { recursive: true });
    writeFileSync(join(root, "app/image/Dockerfile"), "FROM scratch\nCOPY Dockerfile /from-git\n");
    git("init", "-q");
    git("add", ".");
    git("commit", "-q", "-m", "first");
    const password = randomBytes(16).toString("hex");
    const gateway = await login.ssh(0, "ip route show default | awk '{ print $3 }'");
    const server = await gitServer(root, { username: "builder", password }, gateway);
    try {
      const url = `${server.url}/app/.git`;
      const source = { url, revision: git("rev-parse", "HEAD"), contextDir: "image", credentials: "git" };
      const [built] = await jobs();
      const { job } = imageBuild({
        name: "from-git",
        namespace: "function-builds",
        image: `${HOST}/from-git`,
        source,
        registries: { insecure: [HOST] },
        credentials: "registry-login",
        strategy: { image: built!.spec.template.spec.containers[0].image },
      });
      const metadata = { name: "git", namespace: "function-builds" };
      const secret = await settled(pulumi.output(gitLoginSecret(metadata, { username: "builder", password })));
      const items = [
        { apiVersion: "v1", kind: "Secret", ...secret },
        { apiVersion: "batch/v1", kind: "Job", ...job },
      ];
      await login.kubectl("apply -f -", JSON.stringify({ apiVersion: "v1", kind: "List", items }));
      const { name } = job.metadata;
      const named = `-n function-builds job/${name}`;
      await login.kubectl(`wait --for=condition=complete --timeout 5m ${named}`);
      const log = await login.kubectl(`logs --all-containers ${named}`);
      expect(log).toContain(`source: ${url} at ${source.revision}`);
      const pods = await login.kubectl(`-n function-builds get pods -l job-name=${name} -o json`);
      expect(pods).toMatch(/shp-image-digest=sha256:[0-9a-f]{64}/);
      for (const text of [log, pods]) expect(text).not.toContain(password);
    } finally {
      server.close();
    }
  });

  it("another machine pulls it from there too, and nothing is built for that", async () => {
    const before = await jobs();
    const image = (await images()).trim();
    expect(await stack.must("up", { ...set, nodes: 2, sampleReplicas: 2 })).toMatch(READY);
    const nodes = (): Promise<string> =>
      login.kubectl(
        "-n functions get pods -l app.kubernetes.io/name=http-server -o jsonpath='{range .items[*]}{.spec.nodeName}{\"\\n\"}{end}'",
      );
    expect((await nodes()).split("\n").sort()).toEqual([stack.machine(0), stack.machine(1)]);
    expect(await login.ssh(1, "ctr -n k8s.io images list -q")).toContain(image);
    expect(await login.ssh(1, "ctr -n k8s.io images list -q")).not.toContain("buildah");
    expect(await jobs()).toEqual(before);
  });

  it("down leaves nothing of it on this host", async () => {
    await stack.must("down", { ...set, nodes: 2, sampleReplicas: 2 });
    expect([await stack.traces(2), stack.files()]).toEqual([[], []]);
  });
});
