import { setTimeout as sleep } from "node:timers/promises";
import { run } from "../process";
import { Client } from "../toolchain/plugins/kubernetes/client";
import { isGone } from "../toolchain/plugins/kubernetes/errors";
import { access } from "../toolchain/plugins/kubernetes/kubeconfig";
import { listAll } from "../toolchain/plugins/kubernetes/listing";
import { annotation, type Properties, textAt } from "../toolchain/plugins/kubernetes/values";
import { MACHINE_FILES } from "./manifest";
import { bytesAt, collected, tarPlaces } from "./tar-file";

/** What each namespace's pods know the API server by; the controller manager keeps it up to date. */
const AUTHORITY = "kube-root-ca.crt";

/** The controller manager begins when the API answers, and has each namespace's in seconds. */
const PUBLISHED_MS = 120_000;
const LOOK_MS = 500;

/** Failures of an API server that has just begun again. */
const RETRY_MS = 30_000;

/** The certificate authority that a backup's cluster had, in PEM form. */
export async function authorityOf(file: string): Promise<string> {
  const packed = Buffer.concat(await collected(bytesAt(file, tarPlaces(file).get(MACHINE_FILES)!)));
  const { stdout } = await run("tar", ["-xzOf", "-", "etc/kubernetes/pki/ca.crt"], { input: packed });
  return stdout.trim();
}

/**
 * Ends every pod of a cluster with restored data when the cluster's certificate authority is another than that of the
 * backup: pods read the one in the data when they begin, and trust the API server never again. Whoever made them makes
 * others.
 *
 * @returns how many there were
 * @throws when the authority is not published in time
 */
export async function renewPods(file: string, kubeconfig: string): Promise<number> {
  const connection = access({ kubeconfig });
  const authority = String(connection.ca).trim();
  if ((await authorityOf(file)) === authority) return 0;
  const client = new Client(connection);
  try {
    await published(client, authority);
    const pods = (await listAll(client, "/api/v1/pods", { retryForMs: RETRY_MS })).filter(isRenewable);
    for (const pod of pods) {
      const path = `/api/v1/namespaces/${textAt(pod, "metadata", "namespace")}/pods/${textAt(pod, "metadata", "name")}`;
      await client.call({ method: "DELETE", path, retryForMs: RETRY_MS }).catch((error: unknown) => {
        if (!isGone(error)) throw error;
      });
    }
    return pods.length;
  } finally {
    client.close();
  }
}

/** Kubelet's own static pods and what has ended read nothing any more. */
export const isRenewable = (pod: Properties): boolean =>
  annotation(pod, "kubernetes.io/config.mirror") === undefined &&
  !["Succeeded", "Failed"].includes(textAt(pod, "status", "phase") ?? "");

async function published(client: Client, authority: string): Promise<void> {
  const end = Date.now() + PUBLISHED_MS;
  for (;;) {
    const maps = await listAll(client, "/api/v1/configmaps", { retryForMs: RETRY_MS });
    const old = maps.filter(
      (map) => textAt(map, "metadata", "name") === AUTHORITY && textAt(map, "data", "ca.crt")?.trim() !== authority,
    );
    if (old.length === 0) return;
    if (Date.now() > end) {
      const [where] = old.map((map) => textAt(map, "metadata", "namespace"));
      throw new Error(
        `the certificate authority is not published in namespace ${where} after ${PUBLISHED_MS / 1000} s: look at the controller manager, then delete all pods, which trust the old one`,
      );
    }
    await sleep(LOOK_MS);
  }
}
