import type { Properties } from "../values";
import { podTroubles } from "./pods";
import { judgeOf } from "./readiness";
import { parseWaitFor } from "./wait-for";

const judge = (kind: string, live: Properties, related = {}) => {
  const slash = kind.lastIndexOf("/");
  return judgeOf(kind.slice(0, slash), kind.slice(slash + 1))?.(live, related);
};
const rollout = (status: Properties): Properties => ({ metadata: { generation: 2 }, spec: { replicas: 2 }, status });
const done = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2 };

describe("readiness", () => {
  const cases: [string, Properties, string, RegExp?][] = [
    ["apps/Deployment", rollout(done), "ready"],
    ["apps/Deployment", rollout({ ...done, observedGeneration: 1 }), "waiting", /not seen/],
    ["apps/Deployment", rollout({ ...done, updatedReplicas: 1 }), "waiting", /1 of 2 replicas are updated/],
    ["apps/Deployment", rollout({ ...done, replicas: 3 }), "waiting", /1 old/],
    ["apps/Deployment", rollout({ ...done, availableReplicas: 1 }), "waiting", /1 of 2 replicas are available/],
    [
      "apps/Deployment",
      rollout({
        ...done,
        availableReplicas: 0,
        conditions: [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded", message: "slow" }],
      }),
      "failed",
      /stuck: slow/,
    ],
    [
      "apps/StatefulSet",
      rollout({ observedGeneration: 2, readyReplicas: 2, currentRevision: "a", updateRevision: "a" }),
      "ready",
    ],
    [
      "apps/StatefulSet",
      rollout({ observedGeneration: 2, readyReplicas: 2, currentRevision: "a", updateRevision: "b" }),
      "waiting",
    ],
    ["apps/DaemonSet", rollout({ observedGeneration: 2, desiredNumberScheduled: 0 }), "ready"],
    [
      "apps/DaemonSet",
      rollout({ observedGeneration: 2, desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 2 }),
      "waiting",
    ],
    ["batch/Job", { status: { conditions: [{ type: "Complete", status: "True" }] } }, "ready"],
    [
      "batch/Job",
      { status: { conditions: [{ type: "Failed", status: "True", message: "no" }] } },
      "failed",
      /failed: no/,
    ],
    ["/Pod", { status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] } }, "ready"],
    ["/Pod", { status: { phase: "Pending" } }, "waiting"],
    ["/Pod", { status: { phase: "Failed", reason: "Evicted" } }, "failed", /Evicted/],
    ["/Namespace", { status: { phase: "Active" } }, "ready"],
    ["/PersistentVolumeClaim", { status: { phase: "Pending" } }, "waiting"],
    [
      "apiextensions.k8s.io/CustomResourceDefinition",
      { status: { conditions: [{ type: "Established", status: "True" }] } },
      "ready",
    ],
    ["apiextensions.k8s.io/CustomResourceDefinition", {}, "waiting"],
    [
      "apiregistration.k8s.io/APIService",
      { status: { conditions: [{ type: "Available", status: "False", message: "down" }] } },
      "waiting",
      /down/,
    ],
  ];
  test.each(
    cases.map(([kind, live, state, reason]) => [kind, live, state, reason ?? /./] as const),
  )("%s %j is %s", (kind, live, state, reason) => {
    const verdict = judge(kind, live);
    expect(verdict?.state).toBe(state);
    if (verdict && "reason" in verdict) expect(verdict.reason).toMatch(reason);
  });

  test("kinds that are ready when they exist have no judge", () => {
    expect(judgeOf("", "ConfigMap")).toBeUndefined();
    expect(judgeOf("networking.k8s.io", "Ingress")).toBeUndefined();
    expect(judgeOf("example.com", "Deployment")).toBeUndefined();
  });

  test("a Service is ready with an endpoint, or when it selects nothing", () => {
    const service = { spec: { selector: { a: "1" }, clusterIP: "10.0.0.1" } };
    const slice = (ready: boolean) => ({ endpointSlices: [{ endpoints: [{ conditions: { ready } }] }] });
    expect(judge("/Service", service)?.state).toBe("waiting");
    expect(judge("/Service", service, slice(false))).toMatchObject({ reason: "none of its 1 pods is ready" });
    expect(judge("/Service", service, slice(true))?.state).toBe("ready");
    expect(judge("/Service", { spec: { clusterIP: "10.0.0.1" } })?.state).toBe("ready");
    expect(judge("/Service", { spec: { selector: { a: "1" }, clusterIP: "None" } })?.state).toBe("ready");
    expect(judge("/Service", { spec: { selector: { a: "1" }, type: "LoadBalancer" } }, slice(true))?.state).toBe(
      "waiting",
    );
  });

  test("a claim that binds with its first pod is not waited for", () => {
    expect(
      judge("/PersistentVolumeClaim", { status: { phase: "Pending" } }, { bindingMode: "WaitForFirstConsumer" })?.state,
    ).toBe("ready");
  });
});

describe("waitFor", () => {
  const live = {
    metadata: { generation: 2 },
    status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }], items: [{ name: "a", ok: "yes" }] },
  };

  test.each([
    ["jsonpath={.status.phase}", "ready"],
    ["jsonpath={.status.phase}=Running", "ready"],
    ["jsonpath={.status.phase}=Done", "waiting"],
    ["jsonpath={.status.missing}", "waiting"],
    ['jsonpath={.status.conditions[?(@.type=="Ready")].status}=True', "ready"],
    ['jsonpath={.status.conditions[?(@.type=="Other")].status}=True', "waiting"],
    ["jsonpath={.status.items[0].ok}=yes", "ready"],
    ["jsonpath={.status.items[*].ok}=yes", "ready"],
    ["condition=Ready", "ready"],
    ["condition=Ready=False", "waiting"],
    ["condition=Missing", "waiting"],
    ['["condition=Ready", "jsonpath={.status.phase}=Running"]', "ready"],
    ['["condition=Ready", "jsonpath={.status.phase}=Done"]', "waiting"],
  ])("%s is %s", (text, state) => {
    expect(parseWaitFor(text)(live, {}).state).toBe(state);
  });

  test("a condition of an older generation does not count", () => {
    const old = { ...live, status: { ...live.status, observedGeneration: 1 } };
    expect(parseWaitFor("condition=Ready")(old, {}).state).toBe("waiting");
  });

  test.each(["Ready", "jsonpath=.status", "jsonpath={.a..b}", "[]"])("%s is refused", (text) => {
    expect(() => parseWaitFor(text)).toThrow(/pulumi\.com\/waitFor/);
  });
});

describe("podTroubles", () => {
  test("says why, once, and leaves out what is normal", () => {
    const pod = (name: string, state: Properties): Properties => ({
      metadata: { name },
      status: { containerStatuses: [{ name: "main", state }] },
    });
    const troubles = podTroubles([
      pod("starting", { waiting: { reason: "ContainerCreating" } }),
      pod("crashing", { waiting: { reason: "CrashLoopBackOff", message: "back-off 5m" } }),
      pod("ended", { terminated: { exitCode: 1, reason: "Error" } }),
      pod("telling", { terminated: { exitCode: 1, reason: "Error", message: "no answer\n" } }),
      {
        metadata: { name: "homeless" },
        status: { conditions: [{ type: "PodScheduled", status: "False", message: "0/1 nodes" }] },
      },
    ]);
    expect(troubles).toEqual([
      "pod crashing: container main is in CrashLoopBackOff: back-off 5m",
      "pod ended: container main ended: exit code 1",
      "pod telling: container main ended: exit code 1: no answer",
      "pod homeless: not scheduled: 0/1 nodes",
    ]);
  });
});
