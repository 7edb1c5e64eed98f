import fc from "fast-check";
import { schemaOf, undeclared, upstreamDefinitions } from "../../../tests/support/definitions";
import { functionSpecs } from "../../../tests/support/function-specs";
import { mirrorMissing } from "../../../tests/support/upstream";
import type { FunctionSpec } from "../args";
import { describeFunction } from "../description";
import { lintFunction } from "../lint";
import { podTemplate } from "../pod";
import { knativeService } from "./knative";

const onCharts = mirrorMissing() === "" ? describe : describe.skip;

/** What the definition does not name and the webhook takes: by a flag of this platform, and the port of a probe. */
const TAKEN = [".runtimeClassName", "Probe.tcpSocket.port", "Probe.httpGet.port"];

onCharts(`the fields that Knative 1.3.2 itself names ${mirrorMissing()}`, () => {
  const schema = mirrorMissing() === "" ? schemaOf(upstreamDefinitions(), "Service", "serving.knative.dev", "v1") : {};
  const unknown = (object: unknown): string[] =>
    undeclared(schema, JSON.parse(JSON.stringify(object))).filter(
      (path) => !path.startsWith(".metadata") && !TAKEN.some((end) => path.endsWith(end)),
    );

  it("are all that we use of a pod", () => {
    fc.assert(
      fc.property(functionSpecs("knative"), (spec) => {
        fc.pre(lintFunction(spec).length === 0);
        expect(unknown(knativeService(spec))).toEqual([]);
      }),
    );
  });

  it("are not those that a plain Deployment may have: the test would see them", () => {
    const spec: FunctionSpec = { name: "a", namespace: "fn", image: "registry.example/a:1" };
    const template = podTemplate(describeFunction(spec));
    expect(unknown({ ...knativeService(spec), spec: { template } })).toEqual([
      ".spec.template.spec.containers[].lifecycle",
      ".spec.template.spec.containers[].securityContext.allowPrivilegeEscalation",
      ".spec.template.spec.terminationGracePeriodSeconds",
      ".spec.template.spec.securityContext",
      ".spec.template.spec.topologySpreadConstraints",
    ]);
  });
});
