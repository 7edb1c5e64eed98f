import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { at, textAt } from "../../../infra/toolchain/plugins/kubernetes/values";
import { withEngine } from "../engine";
import { change, configMaps, describeWithCluster, live, make, providerFor, TEST_MS, withPlugin } from "./cluster";

describeWithCluster("kubernetes plugin: life of an object", (cluster) => {
  const configMap =
    (name: string, data: Record<string, string>, settings: kubernetes.ProviderArgs = {}) =>
    async (): Promise<Record<string, unknown>> => {
      const provider = providerFor(cluster().kubeconfig, settings);
      const made = new kubernetes.core.v1.ConfigMap("object", { metadata: { name }, data }, { provider });
      return { uid: made.metadata.uid };
    };

  test(
    "create, nothing to do, update in place, delete",
    () =>
      withEngine(withPlugin, async (engine) => {
        const preview = await engine.preview(configMap("plain", { a: "1" }));
        expect(preview.changeSummary).toEqual({ create: 3 });
        expect(await live(cluster(), `${configMaps}/plain`)).toBeUndefined();

        const created = await engine.up();
        const uid = textAt(await live(cluster(), `${configMaps}/plain`), "metadata", "uid");
        expect(created.outputs.uid?.value).toBe(uid);

        expect((await engine.preview()).changeSummary).toEqual({ same: 3 });

        const updated = await engine.up(configMap("plain", { a: "2", b: "3" }));
        expect(updated.summary.resourceChanges).toEqual({ same: 2, update: 1 });
        const now = await live(cluster(), `${configMaps}/plain`);
        expect(at(now, "data")).toEqual({ a: "2", b: "3" });
        expect(textAt(now, "metadata", "uid")).toBe(uid);

        const dropped = await engine.up(configMap("plain", { b: "3" }));
        expect(dropped.summary.resourceChanges).toEqual({ same: 2, update: 1 });
        expect(at(await live(cluster(), `${configMaps}/plain`), "data")).toEqual({ b: "3" });

        await engine.destroy();
        expect(await live(cluster(), `${configMaps}/plain`)).toBeUndefined();
      }),
    TEST_MS,
  );

  test(
    "an immutable field makes a new object; a fixed name is freed first",
    () =>
      withEngine(withPlugin, async (engine) => {
        const runtimeClass = (handler: string) => async () => {
          const provider = providerFor(cluster().kubeconfig);
          new kubernetes.node.v1.RuntimeClass("object", { metadata: { name: "replaced" }, handler }, { provider });
        };
        const path = "/apis/node.k8s.io/v1/runtimeclasses/replaced";
        await engine.up(runtimeClass("one"));
        const before = textAt(await live(cluster(), path), "metadata", "uid");
        const result = await engine.up(runtimeClass("two"));
        expect(result.summary.resourceChanges).toMatchObject({ replace: 1 });
        const after = await live(cluster(), path);
        expect(textAt(after, "handler")).toBe("two");
        expect(textAt(after, "metadata", "uid")).not.toBe(before);
        await engine.destroy();
      }),
    TEST_MS,
  );

  test(
    "without a name one is generated, kept, and a new one made for a replacement",
    () =>
      withEngine(withPlugin, async (engine) => {
        const program = (value: string) => async () => {
          const provider = providerFor(cluster().kubeconfig, { enableConfigMapMutable: false });
          const made = new kubernetes.core.v1.ConfigMap("auto", { data: { value } }, { provider });
          return { name: made.metadata.name };
        };
        const first = (await engine.up(program("1"))).outputs.name?.value as string;
        expect(first).toMatch(/^auto-[0-9a-f]{8}$/);
        expect((await engine.up()).outputs.name?.value).toBe(first);
        const second = (await engine.up(program("2"))).outputs.name?.value as string;
        expect(second).toMatch(/^auto-[0-9a-f]{8}$/);
        expect(second).not.toBe(first);
        expect(await live(cluster(), `${configMaps}/${first}`)).toBeUndefined();
        expect(at(await live(cluster(), `${configMaps}/${second}`), "data")).toEqual({ value: "2" });
        await engine.destroy();
      }),
    TEST_MS,
  );

  test(
    "refresh sees what others changed in our fields, not in theirs; up puts ours back; gone is gone",
    () =>
      withEngine(withPlugin, async (engine) => {
        await engine.up(configMap("drifting", { ours: "1" }));
        await change(cluster(), `${configMaps}/drifting`, { data: { theirs: "x" } });
        expect((await engine.refresh()).summary.resourceChanges).toEqual({ same: 3 });
        expect((await engine.preview()).changeSummary).toEqual({ same: 3 });

        await change(cluster(), `${configMaps}/drifting`, { data: { ours: "2" } });
        expect((await engine.refresh()).summary.resourceChanges).toMatchObject({ update: 1 });
        await expect(engine.preview()).rejects.toThrow(/somebody-else.*\.data\.ours.*patchForce/);
        const forced = async () => {
          const provider = providerFor(cluster().kubeconfig);
          const annotations = { "pulumi.com/patchForce": "true" };
          const metadata = { name: "drifting", annotations };
          new kubernetes.core.v1.ConfigMap("object", { metadata, data: { ours: "1" } }, { provider });
        };
        await engine.up(forced);
        expect(at(await live(cluster(), `${configMaps}/drifting`), "data")).toEqual({ ours: "1", theirs: "x" });

        await cluster().client.call({ method: "DELETE", path: `${configMaps}/drifting` });
        expect((await engine.refresh()).summary.resourceChanges).toMatchObject({ delete: 1 });
        expect((await engine.up()).summary.resourceChanges).toMatchObject({ create: 1 });
        await engine.destroy();
      }),
    TEST_MS,
  );

  test(
    "import takes over an existing object",
    () =>
      withEngine(withPlugin, async (engine) => {
        const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "adopted" }, data: { a: "1" } };
        const made = await make(cluster(), configMaps, object);
        const program = (data: Record<string, string>, options: pulumi.CustomResourceOptions) => async () => {
          const provider = providerFor(cluster().kubeconfig);
          const metadata = { name: "adopted", namespace: "default" };
          new kubernetes.core.v1.ConfigMap("object", { metadata, data }, { provider, ...options });
        };
        const imported = await engine.up(program({ a: "1" }, { import: "default/adopted" }));
        expect(imported.summary.resourceChanges).toMatchObject({ import: 1 });
        expect((await engine.preview(program({ a: "1" }, {}))).changeSummary).toEqual({ same: 3 });
        await engine.up(program({ a: "1", b: "2" }, {}));
        const now = await live(cluster(), `${configMaps}/adopted`);
        expect(at(now, "data")).toEqual({ a: "1", b: "2" });
        expect(textAt(now, "metadata", "uid")).toBe(textAt(made, "metadata", "uid"));
        await engine.destroy();
      }),
    TEST_MS,
  );

  test(
    "a definition and objects of its kind in one program, namespace included",
    () =>
      withEngine(withPlugin, async (engine) => {
        const program = async () => {
          const provider = providerFor(cluster().kubeconfig);
          const space = new kubernetes.core.v1.Namespace("space", { metadata: { name: "space" } }, { provider });
          const schema = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
          const definition = new kubernetes.apiextensions.v1.CustomResourceDefinition(
            "definition",
            {
              metadata: { name: "things.example.com" },
              spec: {
                group: "example.com",
                scope: "Namespaced",
                names: { kind: "Thing", plural: "things" },
                versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema } }],
              },
            },
            { provider },
          );
          const thing = { apiVersion: "example.com/v1", kind: "Thing", spec: { size: 3 } };
          const options = { provider, dependsOn: [definition, space] };
          new kubernetes.apiextensions.CustomResource(
            "inside",
            { ...thing, metadata: { name: "inside", namespace: space.metadata.name } },
            options,
          );
          new kubernetes.apiextensions.CustomResource("default", { ...thing, metadata: { name: "default" } }, options);
        };
        expect((await engine.preview(program)).changeSummary).toEqual({ create: 6 });
        await engine.up();
        const things = "/apis/example.com/v1/namespaces";
        expect(at(await live(cluster(), `${things}/space/things/inside`), "spec")).toEqual({ size: 3 });
        expect(at(await live(cluster(), `${things}/default/things/default`), "spec")).toEqual({ size: 3 });
        expect((await engine.preview()).changeSummary).toEqual({ same: 6 });
        expect((await engine.refresh()).summary.resourceChanges).toEqual({ same: 6 });
        await engine.destroy();
        expect(await live(cluster(), "/api/v1/namespaces/space")).toBeUndefined();
      }),
    TEST_MS,
  );

  test(
    "patches own their fields only, and give them back",
    () =>
      withEngine(withPlugin, async (engine) => {
        const nodes = "/api/v1/nodes";
        await make(cluster(), nodes, {
          apiVersion: "v1",
          kind: "Node",
          metadata: { name: "machine", labels: { theirs: "kept" } },
        });
        const program = (two: boolean) => async () => {
          const provider = providerFor(cluster().kubeconfig);
          const patch = (name: string, labels: Record<string, string>) =>
            new kubernetes.core.v1.NodePatch(name, { metadata: { name: "machine", labels } }, { provider });
          patch("one", { "ofwasm.dev/one": "1" });
          if (two) patch("two", { "ofwasm.dev/two": "2" });
        };
        const labels = async () => at(await live(cluster(), `${nodes}/machine`), "metadata", "labels");
        await engine.up(program(true));
        expect(await labels()).toEqual({ theirs: "kept", "ofwasm.dev/one": "1", "ofwasm.dev/two": "2" });
        expect((await engine.preview()).changeSummary).toEqual({ same: 4 });
        await engine.up(program(false));
        expect(await labels()).toEqual({ theirs: "kept", "ofwasm.dev/one": "1" });
        await engine.destroy();
        expect(await labels()).toEqual({ theirs: "kept" });
      }),
    TEST_MS,
  );

  test(
    "secrets are never in plain state or output",
    () =>
      withEngine(withPlugin, async (engine) => {
        const password = "correct-horse-battery";
        const program = (text: string) => async () => {
          const provider = providerFor(cluster().kubeconfig, { enableSecretMutable: true });
          const metadata = { name: "vault" };
          // As a custom resource the SDK does not mark the data as secret; the plugin has to.
          new kubernetes.apiextensions.CustomResource(
            "secret",
            { apiVersion: "v1", kind: "Secret", metadata, stringData: { password: text } },
            { provider },
          );
          const marked = pulumi.secret(text);
          new kubernetes.core.v1.ConfigMap(
            "map",
            { metadata, data: { password: marked, plain: "open" } },
            { provider },
          );
        };
        const said: string[] = [];
        const onOutput = (text: string) => said.push(text);
        await engine.up(program(password), { onOutput });
        await engine.refresh({ onOutput });
        await engine.up(program(`${password}-2`), { onOutput });
        const state = JSON.stringify(await engine.export());
        // The export decrypts into `plaintext` properties of marked values; the file does not.
        const file = readFileSync(join(engine.dir, "../state/.pulumi/stacks/contract/test.json"), "utf8");
        for (const hidden of [password, Buffer.from(password).toString("base64").slice(0, 20), cluster().kubeconfig]) {
          expect(file).not.toContain(hidden);
          expect(said.join("")).not.toContain(hidden);
        }
        expect(file).toContain("open");
        expect(state).toContain("4dabf18193072939515e22adb298388d");
        await engine.destroy();
      }),
    TEST_MS,
  );

  test(
    "a provider that is not known at preview, and a kubeconfig that changes for the same cluster",
    () =>
      withEngine(withPlugin, async (engine) => {
        const program = (note: string) => async () => {
          const first = providerFor(cluster().kubeconfig);
          const seed = new kubernetes.core.v1.ConfigMap("seed", { data: {} }, { provider: first });
          const kubeconfig = seed.metadata.uid.apply(() =>
            JSON.stringify({ ...JSON.parse(cluster().kubeconfig), preferences: { note } }),
          );
          const provider = new kubernetes.Provider("later", { kubeconfig, clusterIdentifier: "contract" });
          const metadata = { name: "later", annotations: { seed: seed.metadata.uid } };
          new kubernetes.core.v1.ConfigMap("later", { metadata, data: { a: "1" } }, { provider });
        };
        expect((await engine.preview(program("one"))).changeSummary).toEqual({ create: 5 });
        await engine.up();
        const uid = textAt(await live(cluster(), `${configMaps}/later`), "metadata", "uid");
        expect(uid).toBeDefined();
        const changed = await engine.up(program("two"));
        expect(changed.summary.resourceChanges).toEqual({ same: 4, update: 1 });
        expect(textAt(await live(cluster(), `${configMaps}/later`), "metadata", "uid")).toBe(uid);
        await engine.destroy();
      }),
    TEST_MS,
  );
});
