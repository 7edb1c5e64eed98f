import type { CallContext, DiffRequest } from "../host";
import { KubernetesProvider } from "./provider";

/** What a diff of a Job says that was last seen with this condition. */
function diffOf(condition: string, annotations: Record<string, string>) {
  const inputs = { apiVersion: "batch/v1", kind: "Job", metadata: { name: "build", namespace: "b", annotations } };
  const olds = { ...inputs, status: { conditions: [{ type: condition, status: "True" }] } };
  const request = { type: "kubernetes:batch/v1:Job", olds, oldInputs: inputs, news: inputs, ignoreChanges: [] };
  // No cluster can be asked here, so the state is all that is known.
  const context = { signal: new AbortController().signal } as CallContext;
  return new KubernetesProvider("0").diff(request as unknown as DiffRequest, context);
}

describe("a Job that did not change", () => {
  const asked = { "pulumi.com/replaceUnready": "true" };

  test("is made again when it has failed and asks for that", async () => {
    expect(await diffOf("Failed", asked)).toEqual({
      changes: "some",
      replaces: ['metadata.annotations["pulumi.com/replaceUnready"]'],
      // Its name is taken until the failed one is gone.
      deleteBeforeReplace: true,
      detailed: { 'metadata.annotations["pulumi.com/replaceUnready"]': { kind: "update-replace" } },
    });
  });

  test.each([
    ["Complete", asked],
    ["Failed", {}],
    ["Failed", { "pulumi.com/replaceUnready": "false" }],
  ])("is left alone when it is %s with %j", async (condition, annotations) => {
    expect(await diffOf(condition, annotations)).toEqual({ changes: "none" });
  });
});
