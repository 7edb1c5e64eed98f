import type { DeliveredNode, DeliverySpec } from "../../components/node-daemonset";

/** A delivery of a payload that nobody unpacks. */
export const DELIVERY: DeliverySpec = {
  payload: {
    path: "/nowhere",
    manifest: {
      generation: "0".repeat(32),
      architecture: "amd64",
      sha256: "a".repeat(64),
      unpackedSize: 1,
      versions: { crun: "1.21", wasmedge: "0.14.1" },
    },
  },
  image: "registry.example.org/node-runtime@sha256:abc",
};

/** A node that has it. */
export const DELIVERED: DeliveredNode = {
  name: "worker-1",
  address: "192.0.2.11",
  versions: { crun: "1.21", wasmedge: "0.14.1", containerd: "1.7.24" },
  payloadDigest: "sha256:abc",
  provedAt: "2026-01-02T03:04:05Z",
};
