import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type ServiceError, status } from "@grpc/grpc-js";
import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { ResourceMonitorClient } from "@pulumi/pulumi/proto/resource_grpc_pb";
import { type ControlPlane, type ControlPlaneBinaries, startControlPlane } from "../../../infra/testing/control-plane";
import { etcdBinary, kubernetesBinaries } from "../../../infra/toolchain/binaries";
import { ApiError } from "../../../infra/toolchain/plugins/kubernetes/errors";
import type { Properties } from "../../../infra/toolchain/plugins/kubernetes/values";
import { VERSION } from "../../../infra/toolchain/plugins/kubernetes/version";
import { artifactPath } from "../../../infra/toolchain/store";
import { type EngineOptions, engineBinary } from "../engine";

type Answer = (error: ServiceError | null, response: unknown) => void;
type Send = (this: unknown, request: unknown, answer: Answer) => unknown;

/**
 * When a run fails, the engine hangs up on the program's last calls. The SDK lets their promises fail unheard and
 * relies on the program's process to end; here the process is the test's, and jest would blame the test.
 */
function letHangUpsPass(): void {
  const client = ResourceMonitorClient.prototype as unknown as Record<string, Send>;
  for (const method of ["registerResource", "registerResourceOutputs"]) {
    const send = client[method]!;
    client[method] = function (request, answer) {
      return send.call(this, request, (error, response) => {
        if (error?.code !== status.UNAVAILABLE && error?.code !== status.CANCELLED) answer(error, response);
      });
    };
  }
}

/** Milliseconds for one test on a busy machine: several runs of the engine. */
export const TEST_MS = 180_000;

export const withPlugin: EngineOptions = {
  plugins: { kubernetes: { version: VERSION, entry: "infra/toolchain/plugins/kubernetes/main.ts" } },
  // A kubeconfig of the machine's user must not be in the way, nor be written to.
  env: { KUBECONFIG: "/nonexistent" },
};

/** `OFWASM_KUBERNETES_BIN`, PATH, or what the toolchain has built already. */
function find(name: string): string | undefined {
  const folders = [
    process.env.OFWASM_KUBERNETES_BIN,
    ...(process.env.PATH ?? "").split(delimiter),
    join(artifactPath(kubernetesBinaries()), "bin"),
    join(artifactPath(etcdBinary()), "bin"),
  ];
  return folders.flatMap((folder) => (folder ? [join(folder, name)] : [])).find((file) => existsSync(file));
}

function binaries(): ControlPlaneBinaries | string {
  const [etcd, apiserver, controllerManager] = ["etcd", "kube-apiserver", "kube-controller-manager"].map(find);
  if (!etcd || !apiserver || !controllerManager)
    return "no etcd, kube-apiserver and kube-controller-manager: set OFWASM_KUBERNETES_BIN to their folder";
  return { etcd, apiserver, controllerManager };
}

/** Tests against a real API server and the real engine; skipped, with the reason in the title, where they cannot be had. */
export function describeWithCluster(title: string, body: (cluster: () => ControlPlane) => void): void {
  const found = binaries();
  const missing =
    typeof found === "string" ? found : engineBinary() ? undefined : "no Pulumi engine: set OFWASM_ENGINE";
  if (missing !== undefined || typeof found === "string") {
    describe.skip(`${title} (skipped: ${missing})`, () => body(() => Promise.reject() as never));
    return;
  }
  letHangUpsPass();
  describe(title, () => {
    let cluster: ControlPlane | undefined;
    beforeAll(async () => {
      cluster = await startControlPlane(found);
    }, TEST_MS);
    afterAll(() => cluster?.stop());
    body(() => {
      if (!cluster) throw new Error("the control plane is not running");
      return cluster;
    });
  });
}

/** The provider of a test program. */
export const providerFor = (
  kubeconfig: pulumi.Input<string>,
  args: Omit<kubernetes.ProviderArgs, "kubeconfig"> = {},
): kubernetes.Provider =>
  new kubernetes.Provider("cluster", {
    clusterIdentifier: "contract",
    enableConfigMapMutable: true,
    ...args,
    kubeconfig,
  });

/** An object as it is in the cluster; undefined when it is not there. */
export async function live(cluster: ControlPlane, path: string): Promise<Properties | undefined> {
  try {
    return await cluster.client.call({ method: "GET", path });
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

/** Changes an object as another user would. */
export const change = (cluster: ControlPlane, path: string, patch: Properties): Promise<Properties> =>
  cluster.client.call({
    method: "PATCH",
    path,
    query: { fieldManager: "somebody-else" },
    body: patch,
    contentType: "application/merge-patch+json",
  });

/** Makes an object as another user would. */
export const make = (cluster: ControlPlane, collection: string, object: Properties): Promise<Properties> =>
  cluster.client.call({ method: "POST", path: collection, query: { fieldManager: "somebody-else" }, body: object });

export const configMaps = "/api/v1/namespaces/default/configmaps";
export const deployments = "/apis/apps/v1/namespaces/default/deployments";
