import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildNamespace } from "./build-namespace";
import { buildPodSpec, buildResults } from "./build-pod";

interface Container {
  name: string;
  command: string[];
  args: string[];
  securityContext: object;
  volumeMounts: { name: string; mountPath: string }[];
  terminationMessagePath: string;
}

const args = { image: "r.example/app:1", source: { configMap: "source", key: "source.tar.gz" } };

const podOf = (change: Partial<Parameters<typeof buildPodSpec>[0]> = {}) =>
  buildPodSpec({ ...args, ...change }) as {
    containers: [Container];
    initContainers: [Container];
    volumes: { name: string }[];
    restartPolicy: string;
  };

describe("the pod of a build", () => {
  test("runs the strategy's step once, with the source and the results where Tekton has them", () => {
    const { containers, volumes, restartPolicy } = podOf();
    const [step] = containers;
    expect([step.name, restartPolicy]).toEqual(["step-build-and-push", "Never"]);
    expect(step.securityContext).toEqual({
      runAsUser: 0,
      capabilities: { drop: ["ALL"], add: ["SETFCAP", "SETGID", "SETUID"] },
    });
    expect(step.args.slice(2, 8)).toEqual([
      ...["run-step", "/tekton/results", "/dev/termination-log", "/bin/bash", "-c"],
      readFileSync(join(__dirname, "scripts/build-and-push.sh"), "utf8"),
    ]);
    expect(step.volumeMounts).toEqual([
      { name: "source", mountPath: "/workspace/source" },
      { name: "results", mountPath: "/tekton/results" },
    ]);
    expect(volumes.map(({ name }) => name)).toEqual(["source", "results", "archive"]);
  });

  test("has credentials where buildah looks, as a file that only root reads, and not in sight of the source", () => {
    const { containers, initContainers, volumes } = podOf({ credentials: "push" });
    expect(containers[0].volumeMounts.at(-1)).toEqual({
      name: "credentials",
      mountPath: "/root/.docker",
      readOnly: true,
    });
    expect(volumes.at(-1)).toEqual({
      name: "credentials",
      secret: { secretName: "push", defaultMode: 0o400, items: [{ key: ".dockerconfigjson", path: "config.json" }] },
    });
    expect(initContainers[0].volumeMounts.map(({ name }) => name)).toEqual(["source", "archive"]);
  });

  test("hands values on as they are, which the kubelet would read for variables", () => {
    /** What the kubelet makes of an argument in a container without variables of its own but this. */
    const kubelet = (argument: string): string =>
      argument.replace(/\$\$|\$\(HOSTNAME\)/g, (found) => (found === "$$" ? "$" : "node"));
    const value = "A=$(HOSTNAME) $$ $";
    const { containers } = podOf({
      contextDir: "$(HOSTNAME)",
      dockerfile: "$$/Dockerfile",
      parameters: { "build-args": [value] },
    });
    const seen = containers[0].args.slice(1).map(kubelet);
    for (const wanted of [value, "/workspace/source/$(HOSTNAME)", "$$/Dockerfile"]) expect(seen).toContain(wanted);
    const git = { url: "https://git.example/$(HOSTNAME)", revision: "v1" };
    expect(podOf({ source: git }).initContainers[0].command.map(kubelet)).toContain(git.url);
  });

  test("is privileged only when that is asked for, in a namespace for it", () => {
    expect(podOf({ strategy: { privileged: true } }).containers[0].securityContext).toEqual({ privileged: true });
    const level = (privileged?: boolean) => buildNamespace("b", { privileged }).metadata.labels;
    expect([level(), level(true)]).toEqual([
      { "pod-security.kubernetes.io/enforce": "baseline" },
      { "pod-security.kubernetes.io/enforce": "privileged" },
    ]);
  });
});

describe("results of a build", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "ofwasm-step-"));
    mkdirSync(join(folder, "results"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs the wrapper of the pod's container around a command of the test. */
  const runStep = (script: string): { status: number | null; message: string } => {
    const [command, ...rest] = [...podOf().containers[0].command, ...podOf().containers[0].args.slice(0, 3)];
    const places = [join(folder, "results"), join(folder, "message")];
    const { status } = spawnSync(command as string, [...rest, ...places, "/bin/bash", "-c", script], { cwd: folder });
    return { status, message: readFileSync(join(folder, "message"), "utf8") };
  };

  test("the step's files come back by the termination message, and so does its exit code", () => {
    expect(runStep("printf sha256:ab >results/shp-image-digest")).toEqual({
      status: 0,
      message: "shp-image-digest=sha256:ab\n",
    });
    const failed = runStep(
      "rm results/*; printf Bad >results/shp-error-reason; printf 'a=b\\nc' >results/shp-error-message; exit 7",
    );
    expect(failed.status).toBe(7);
    expect(buildResults(failed.message)).toEqual({ reason: "Bad", message: "a=b c" });
  });

  test("a step that tells nothing has no results, and a long one has the start of them", () => {
    const { status, message } = runStep("exit 3");
    expect([status, message, buildResults(message)]).toEqual([3, "", {}]);
    writeFileSync(join(folder, "results", "shp-error-message"), "m".repeat(9_000));
    expect(buildResults(runStep("true").message).message).toBe("m".repeat(1_000));
  });
});
