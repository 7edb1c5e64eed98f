import type { Properties } from "../toolchain/plugins/kubernetes/values";
import { canaryTroubles } from "./cluster";

const on = (...nodes: string[]): Properties[] => nodes.map((nodeName) => ({ spec: { nodeName } }));

test.each<[string, Properties[], string | undefined, string[]]>([
  ["nobody is named", on("a", "b"), undefined, []],
  ["it has a pod", on("a", "b"), "b", []],
  ["pods are being made", [...on("a"), { spec: {} }], "b", []],
  ["there are none yet", [], "b", []],
  ["it has none", on("b", "a"), "c", ["canary c has no pod, and the others wait for it: name one of a, b, or none"]],
])("the first node is no trouble unless it has no pod: %s", (_, pods, canary, expected) =>
  expect(canaryTroubles(pods, canary)).toEqual(expected));
