import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as kubernetes from "@pulumi/kubernetes";
import { at, type Properties, textAt } from "../../../infra/toolchain/plugins/kubernetes/values";
import { withEngine } from "../engine";
import {
  change,
  configMaps,
  deployments,
  describeWithCluster,
  live,
  make,
  providerFor,
  TEST_MS,
  withPlugin,
} from "./cluster";

const pods = "/api/v1/namespaces/default/pods";
const jobs = "/apis/batch/v1/namespaces/default/jobs";

describeWithCluster("kubernetes plugin: what can go wrong", (cluster) => {
  const configMap = (name: string, annotations: Record<string, string>) => async () => {
    const provider = providerFor(cluster().kubeconfig);
    new kubernetes.core.v1.ConfigMap("object", { metadata: { name, annotations }, data: { a: "1" } }, { provider });
  };

  const deployment =
    (name: string, options: { image?: string; timeout?: string; annotations?: Record<string, string> } = {}) =>
    async () => {
      const provider = providerFor(cluster().kubeconfig);
      const labels = { app: name };
      new kubernetes.apps.v1.Deployment(
        "object",
        {
          metadata: { name, annotations: options.annotations },
          spec: {
            replicas: 1,
            selector: { matchLabels: labels },
            template: {
              metadata: { labels },
              spec: { containers: [{ name: "main", image: options.image ?? "example.com/image:1" }] },
            },
          },
        },
        { provider, customTimeouts: { create: options.timeout, update: options.timeout } },
      );
    };

  /** Does what the deployment controller and a kubelet would do for a rollout that works. */
  async function roll(name: string): Promise<void> {
    const status = { observedGeneration: 100, replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 };
    await change(cluster(), `${deployments}/${name}/status`, { status });
  }

  /** Does what a kubelet and the Job controller would do for the Job `build`, once it is not the one of this uid. */
  async function endJob(exitCode: number, message: string, before?: string): Promise<void> {
    for (;;) {
      const job = await live(cluster(), `${jobs}/build`);
      const uid = textAt(job, "metadata", "uid");
      if (uid !== undefined && uid !== before) break;
      await sleep(100);
    }
    const time = new Date().toISOString();
    const spec = at((await live(cluster(), `${jobs}/build`))!, "spec") as Properties;
    const { labels } = at(spec, "template", "metadata") as { labels: Properties };
    const name = `build-${exitCode}`;
    const podSpec = at(spec, "template", "spec") as Properties;
    await make(cluster(), pods, { apiVersion: "v1", kind: "Pod", metadata: { name, labels }, spec: podSpec });
    const state = { terminated: { exitCode, message, reason: "Error", startedAt: time, finishedAt: time } };
    const about = { name: "main", image: "example.com/image:1", imageID: "", ready: false, restartCount: 0 };
    await change(cluster(), `${pods}/${name}/status`, { status: { containerStatuses: [{ ...about, state }] } });
    const conditions: Properties[] = (exitCode ? ["FailureTarget", "Failed"] : ["SuccessCriteriaMet", "Complete"]).map(
      (type) => ({
        ...{ type, status: "True", lastTransitionTime: time, lastProbeTime: time },
        ...(exitCode ? { reason: "BackoffLimitExceeded", message: "Job has reached the specified backoff limit" } : {}),
      }),
    );
    const ended: Properties = exitCode ? { failed: 1 } : { succeeded: 1, completionTime: time };
    await change(cluster(), `${jobs}/build/status`, { status: { startTime: time, conditions, ...ended } });
  }

  test(
    "an existing object is refused, unless it carries this stack's marker",
    () =>
      withEngine(withPlugin, async (engine) => {
        const marker = { "ofwasm.dev/stack": "contract/test" };
        const object = (name: string, annotations: Properties): Properties => ({
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: { name, annotations },
          data: { a: "old" },
        });
        await make(cluster(), configMaps, object("foreign", {}));
        await make(cluster(), configMaps, object("other-stack", { "ofwasm.dev/stack": "contract/other" }));
        for (const name of ["foreign", "other-stack"]) {
          await expect(engine.up(configMap(name, marker))).rejects.toThrow(
            new RegExp(`ConfigMap default/${name} .*already exists.*pulumi import kubernetes:core/v1:ConfigMap object`),
          );
          expect(at(await live(cluster(), `${configMaps}/${name}`), "data")).toEqual({ a: "old" });
        }
        const ours = configMap("ours", { ...marker, "pulumi.com/patchForce": "true" });
        const made = await make(cluster(), configMaps, object("ours", marker));
        await engine.up(ours);
        const now = await live(cluster(), `${configMaps}/ours`);
        expect(at(now, "data")).toEqual({ a: "1" });
        expect(textAt(now, "metadata", "uid")).toBe(textAt(made, "metadata", "uid"));
        await engine.destroy();
        expect(await live(cluster(), `${configMaps}/foreign`)).toBeDefined();
      }),
    TEST_MS,
  );

  test(
    "a Job that failed says what its pod left, and the next run makes it anew where it asks for that",
    () =>
      withEngine(withPlugin, async (engine) => {
        const job = async () => {
          const containers = [{ name: "main", image: "example.com/image:1" }];
          new kubernetes.batch.v1.Job(
            "object",
            {
              metadata: { name: "build", annotations: { "pulumi.com/replaceUnready": "true" } },
              spec: { backoffLimit: 0, template: { spec: { restartPolicy: "Never", containers } } },
            },
            { provider: providerFor(cluster().kubeconfig), customTimeouts: { create: "60s" } },
          );
        };
        const uid = async (): Promise<string | undefined> =>
          textAt(await live(cluster(), `${jobs}/build`), "metadata", "uid");
        const first = engine.up(job);
        first.catch(() => {});
        await endJob(1, "reason=ImageBuildFailed\nmessage=no such file");
        await expect(first).rejects.toThrow(/the job failed: Job has reached the specified backoff limit/);
        await expect(first).rejects.toThrow(
          /container main ended: exit code 1: reason=ImageBuildFailed\s+message=no such file/,
        );
        const failed = await uid();
        expect(failed).toBeDefined();

        const second = engine.up(job);
        second.catch(() => {});
        await endJob(0, "", failed);
        expect((await second).summary.resourceChanges).toMatchObject({ replace: 1 });
        expect(await uid()).not.toBe(failed);
        expect((await engine.preview()).changeSummary).toEqual({ same: 3 });
        await engine.destroy();
      }),
    TEST_MS,
  );

  test(
    "what does not get ready in time is kept, with the pods' reasons, and the next run goes on from there",
    () =>
      withEngine(withPlugin, async (engine) => {
        await make(cluster(), pods, {
          apiVersion: "v1",
          kind: "Pod",
          metadata: { name: "stuck-1", labels: { app: "stuck" } },
          spec: { containers: [{ name: "main", image: "example.com/image:1" }] },
        });
        await change(cluster(), `${pods}/stuck-1/status`, {
          status: {
            containerStatuses: [
              {
                name: "main",
                image: "example.com/image:1",
                imageID: "",
                ready: false,
                restartCount: 0,
                state: { waiting: { reason: "ImagePullBackOff", message: "no such image" } },
              },
            ],
          },
        });
        const failing = engine.up(deployment("stuck", { timeout: "3s" }));
        await expect(failing).rejects.toThrow(/Deployment default\/stuck: not ready after 3 s/);
        await expect(failing).rejects.toThrow(/pod stuck-1: container main is in ImagePullBackOff: no such image/);
        const uid = textAt(await live(cluster(), `${deployments}/stuck`), "metadata", "uid");
        const initErrors = async (): Promise<string[] | undefined> => {
          const resources: { type: string; initErrors?: string[] }[] = (await engine.export()).deployment.resources;
          return resources.find(({ type }) => type.endsWith(":Deployment"))?.initErrors;
        };
        expect(await initErrors()).toHaveLength(2);
        await engine.refresh();
        expect(await initErrors()).toEqual([expect.stringContaining("not seen the change yet")]);

        await roll("stuck");
        const again = await engine.up(deployment("stuck", { timeout: "30s" }));
        expect(again.summary.resourceChanges).toMatchObject({ update: 1 });
        expect(textAt(await live(cluster(), `${deployments}/stuck`), "metadata", "uid")).toBe(uid);
        expect((await engine.preview()).changeSummary).toEqual({ same: 3 });
        await engine.destroy();
      }),
    TEST_MS,
  );

  test(
    "ignored fields stay with whoever changed them",
    () =>
      withEngine(withPlugin, async (engine) => {
        const program = (labels: Record<string, string>) => async () => {
          const provider = providerFor(cluster().kubeconfig);
          const metadata = { name: "scaled", labels };
          new kubernetes.core.v1.ConfigMap(
            "object",
            { metadata, data: { size: "1" } },
            { provider, ignoreChanges: ["data.size"] },
          );
        };
        await engine.up(program({}));
        await change(cluster(), `${configMaps}/scaled`, { data: { size: "9" } });
        expect((await engine.up(program({ a: "1" }))).summary.resourceChanges).toMatchObject({ update: 1 });
        const now = await live(cluster(), `${configMaps}/scaled`);
        expect(at(now, "data")).toEqual({ size: "9" });
        expect(at(now, "metadata", "labels")).toEqual({ a: "1" });
        await engine.destroy();
      }),
    TEST_MS,
  );

  test(
    "readiness is noticed when it comes; skipAwait does not wait",
    () =>
      withEngine(withPlugin, async (engine) => {
        const rolling = (async () => {
          while (!(await live(cluster(), `${deployments}/web`))) await sleep(50);
          await sleep(500);
          await roll("web");
        })();
        await engine.up(deployment("web", { timeout: "60s" }));
        await rolling;
        const skipped = deployment("web", {
          image: "example.com/image:2",
          annotations: { "pulumi.com/skipAwait": "true" },
        });
        await engine.up(skipped);
        await engine.destroy();
      }),
    TEST_MS,
  );

  test(
    "waitFor that never comes true ends at its timeout and says what it saw",
    () =>
      withEngine(withPlugin, async (engine) => {
        const annotations = { "pulumi.com/waitFor": "jsonpath={.data.phase}=Done", "pulumi.com/timeoutSeconds": "2" };
        await expect(engine.up(configMap("waiting", annotations))).rejects.toThrow(
          /ConfigMap default\/waiting: not ready after 2 s: \.data\.phase is not there/,
        );
        await change(cluster(), `${configMaps}/waiting`, { data: { phase: "Done" } });
        await engine.up();
        await engine.destroy();
      }),
    TEST_MS,
  );

  test(
    "a failed create leaves nothing and works when tried again",
    () =>
      withEngine(withPlugin, async (engine) => {
        const program = async () => {
          const provider = providerFor(cluster().kubeconfig);
          const metadata = { name: "early", namespace: "not-yet" };
          new kubernetes.core.v1.ConfigMap("object", { metadata, data: { a: "1" } }, { provider });
        };
        await expect(engine.up(program)).rejects.toThrow(/ConfigMap not-yet\/early: .*create the namespace first/);
        expect(JSON.stringify(await engine.export())).not.toContain("not-yet");
        await make(cluster(), "/api/v1/namespaces", {
          apiVersion: "v1",
          kind: "Namespace",
          metadata: { name: "not-yet" },
        });
        await engine.up();
        expect(await live(cluster(), "/api/v1/namespaces/not-yet/configmaps/early")).toBeDefined();
        await engine.destroy();
      }),
    TEST_MS,
  );

  test(
    "a cancelled run stops waiting at once and keeps what it made",
    () =>
      withEngine(withPlugin, async (engine) => {
        const abort = new AbortController();
        const run = engine.up(deployment("cancelled"), { signal: abort.signal });
        const outcome = run.then(
          () => "succeeded",
          (error: Error) => error.message,
        );
        while (!(await live(cluster(), `${deployments}/cancelled`))) await sleep(50);
        await sleep(500);
        const begun = Date.now();
        abort.abort();
        expect(await outcome).toMatch(/cancelled/);
        expect(Date.now() - begun).toBeLessThan(10_000);
        const state = (await engine.export()).deployment.resources as { type: string; id?: string }[];
        expect(state.find(({ type }) => type.endsWith(":Deployment"))?.id).toBe("default/cancelled");
        await engine.destroy();
        expect(await live(cluster(), `${deployments}/cancelled`)).toBeUndefined();
      }),
    TEST_MS,
  );

  test(
    "an API server that restarts is waited for; a preview without it shows the inputs",
    () =>
      withEngine(withPlugin, async (engine) => {
        await engine.preview(configMap("restart", {}));
        await cluster().pause();
        const preview = await engine.preview();
        expect(preview.changeSummary).toEqual({ create: 3 });
        expect(preview.stdout).toMatch(/cannot reach the Kubernetes API server/);
        const running = engine.up(undefined, {});
        await sleep(2_500);
        await cluster().resume();
        await running;
        expect(await live(cluster(), `${configMaps}/restart`)).toBeDefined();
        await engine.destroy();
      }),
    TEST_MS,
  );

  test(
    "a kubeconfig file that is not there yet stops the run, not the preview",
    () =>
      withEngine(withPlugin, async (engine) => {
        const program = async () => {
          const provider = providerFor(join(engine.dir, "later.conf"));
          new kubernetes.core.v1.ConfigMap("object", { metadata: { name: "file" } }, { provider });
        };
        expect((await engine.preview(program)).changeSummary).toEqual({ create: 3 });
        await expect(engine.up()).rejects.toThrow(/later\.conf does not exist/);
        writeFileSync(join(engine.dir, "later.conf"), cluster().kubeconfig);
        await engine.up();
        await engine.destroy();
      }),
    TEST_MS,
  );

  test(
    "objects of a cluster that is gone are forgotten only when asked to",
    () =>
      withEngine(withPlugin, async (engine) => {
        const program = (kubeconfig: string) => async () => {
          const provider = providerFor(kubeconfig, { deleteUnreachable: true });
          new kubernetes.core.v1.ConfigMap("object", { metadata: { name: "lost" } }, { provider });
        };
        await engine.up(program(cluster().kubeconfig));
        const gone = JSON.parse(cluster().kubeconfig);
        gone.clusters[0].cluster.server = "https://127.0.0.1:1";
        await engine.up(program(JSON.stringify(gone)));
        const destroyed = await engine.destroy();
        expect(destroyed.summary.resourceChanges).toEqual({ delete: 3 });
        expect(destroyed.stdout).toMatch(/Forgotten, as deleteUnreachable asks/);
        expect(await live(cluster(), `${configMaps}/lost`)).toBeDefined();
        await cluster().client.call({ method: "DELETE", path: `${configMaps}/lost` });
      }),
    TEST_MS,
  );

  test(
    "what only the official plugin does is refused by name",
    () =>
      withEngine(withPlugin, async (engine) => {
        const release = async () => {
          const provider = providerFor(cluster().kubeconfig);
          new kubernetes.helm.v3.Release("chart", { chart: "nginx" }, { provider });
        };
        await expect(engine.preview(release)).rejects.toThrow(/Helm releases and charts.*pulumi-resource-kubernetes/);
        const clientSide = async () => {
          providerFor(cluster().kubeconfig, { enableServerSideApply: false });
        };
        await expect(engine.preview(clientSide)).rejects.toThrow(/client-side apply.*pulumi-resource-kubernetes/);
      }),
    TEST_MS,
  );
});
