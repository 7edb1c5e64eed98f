import { join } from "node:path";
import { eks } from "../../../stacks/eks";
import { engineBinary, withEngine } from "../engine";
import { golden, type PreviewedGraph, previewPlugins, previewStack, stackSettings } from "./stack-preview";

const TEST_MS = 180_000;

const missing = engineBinary() ? "" : " (skipped: no Pulumi engine)";
const onEngine = missing === "" ? describe : describe.skip;

onEngine(`the stack eks, previewed by the real engine${missing}`, () => {
  let graph: PreviewedGraph;

  // What a user gets with the file of the clone.
  beforeAll(async () => {
    graph = await withEngine({ plugins: previewPlugins }, (engine) =>
      previewStack(engine, eks, "eks", stackSettings("eks")),
    );
  }, TEST_MS);

  test("is the graph of the golden file: types, names, parents, dependencies", () => {
    expect(graph).toEqual(golden(join(__dirname, "eks.golden.json"), graph));
  });

  test("serves nothing before nodes have proved the runtime, and has no resource for each of them", () => {
    const before = (name: string, seen = new Set<string>()): Set<string> => {
      for (const one of graph[name]?.dependsOn ?? []) if (!seen.has(one)) before(one, seen.add(one));
      return seen;
    };
    const served = before("http-server-deployment");
    for (const one of ["eks-cluster-coredns", "eks-nodes-group", "eks-files-payload", "eks-wasm-class"])
      expect(served).toContain(one);
    expect(Object.values(graph).filter(({ type }) => type === "kubernetes:core/v1:NodePatch")).toEqual([]);
  });
});
