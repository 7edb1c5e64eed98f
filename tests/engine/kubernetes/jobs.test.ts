import * as kubernetes from "@pulumi/kubernetes";
import { textAt } from "../../../infra/toolchain/plugins/kubernetes/values";
import { withEngine } from "../engine";
import { change, describeWithCluster, live, providerFor, TEST_MS, withPlugin } from "./cluster";

/** No controller runs Jobs here: none of them comes to its end. */
describeWithCluster("Jobs that do not come to their end", (cluster) => {
  const job = (name: string, annotations: Record<string, string>) => async () => {
    const metadata = { name, annotations: { "pulumi.com/timeoutSeconds": "1", ...annotations } };
    const containers = [{ name: "main", image: "registry.example/main:1" }];
    const spec = { template: { spec: { restartPolicy: "Never", containers } } };
    new kubernetes.batch.v1.Job("job", { metadata, spec }, { provider: providerFor(cluster().kubeconfig) });
  };
  const uid = async (name: string): Promise<string | undefined> =>
    textAt(await live(cluster(), `/apis/batch/v1/namespaces/default/jobs/${name}`), "metadata", "uid");

  test.each([
    ["are waited for again by the next run", {}, true],
    ["are made anew by the next run, when they ask for it", { "pulumi.com/replaceUnready": "true" }, false],
  ])(
    "%s",
    (title, annotations: Record<string, string>, same) =>
      withEngine(withPlugin, async (engine) => {
        const name = title.startsWith("are made") ? "anew" : "again";
        await expect(engine.up(job(name, annotations))).rejects.toThrow(/0 of 1 completions/);
        const first = await uid(name);
        expect(first).toBeDefined();
        await expect(engine.up()).rejects.toThrow(/0 of 1 completions/);
        expect((await uid(name)) === first).toBe(same);
        await engine.destroy();
        expect(await uid(name)).toBeUndefined();
      }),
    TEST_MS,
  );

  test(
    "are left alone by the next run when they came to it meanwhile",
    () =>
      withEngine(withPlugin, async (engine) => {
        await expect(engine.up(job("late", { "pulumi.com/replaceUnready": "true" }))).rejects.toThrow(/0 of 1/);
        const first = await uid("late");
        const now = new Date().toISOString().replace(/\.\d+Z$/, "Z");
        const condition = (type: string) => ({ type, status: "True", lastTransitionTime: now });
        await change(cluster(), "/apis/batch/v1/namespaces/default/jobs/late/status", {
          status: {
            startTime: now,
            completionTime: now,
            succeeded: 1,
            uncountedTerminatedPods: {},
            conditions: [condition("SuccessCriteriaMet"), condition("Complete")],
          },
        });
        await engine.up();
        expect(await uid("late")).toBe(first);
      }),
    TEST_MS,
  );
});
