import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { upstreamMirror } from "../../../tests/support/upstream";
import { openFunction } from "./openfunction";

/** What OpenFunction's own controller made of a Function, beside upstream's files. */
const FILE = join(upstreamMirror(), "..", "golden", "openfunction-1.2.0-serving.yaml");

const missing = existsSync(FILE) ? "" : `(skipped: there is no ${FILE})`;
const onGolden = missing === "" ? describe : describe.skip;

// biome-ignore lint/suspicious/noExplicitAny: parsed YAML
type Loose = any;

const read = (): [Loose, Loose] =>
  parseAllDocuments(readFileSync(FILE, "utf8")).map((document) => document.toJS()) as [Loose, Loose];

onGolden(`what OpenFunction 1.2.0 made of a serving Function ${missing}`, () => {
  const [given, made] = missing === "" ? read() : [];
  const ours: Loose = JSON.parse(
    JSON.stringify(
      openFunction({
        lane: "openfunction",
        name: "serving-only",
        namespace: "fn",
        image: "localhost/wasmedge_http_server:0.1.0",
        imageCredentials: "push-secret",
        command: ["/wasmedge_hyper_server.wasm"],
        probes: { liveness: { initialDelaySeconds: 3, periodSeconds: 30 } },
      }),
    ),
  );

  it("ours says everything that its Function said", () => {
    expect(ours).toMatchObject({ ...given, apiVersion: "core.openfunction.io/v1beta2" });
  });

  it("the fields that its controller took over from there are ours too", () => {
    const [container] = made.spec.template.spec.containers;
    const { serving, image, imageCredentials } = ours.spec;
    const [own] = serving.template.containers;
    for (const field of ["command", "imagePullPolicy", "livenessProbe", "name"])
      expect([field, own[field]]).toMatchObject([field, container[field]]);
    expect(made.spec.template.spec.runtimeClassName).toBe(serving.template.runtimeClassName);
    expect(made.spec.template.metadata.annotations).toMatchObject({
      ...serving.annotations,
      "autoscaling.knative.dev/min-scale": `${serving.scaleOptions.minReplicas}`,
      "autoscaling.knative.dev/max-scale": `${serving.scaleOptions.maxReplicas}`,
    });
    expect(made.spec.template.spec.imagePullSecrets).toEqual([imageCredentials]);
    expect(container.image).toBe(image);
    // It appends the port of the trigger: a template with a port would have two.
    expect(container.ports).toEqual([{ containerPort: serving.triggers.http.port, protocol: "TCP" }]);
    expect(own).not.toHaveProperty("ports");
  });
});
