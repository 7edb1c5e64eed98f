import { isInTheOpen, type Resource, type Rule } from "../../rule";
import { at, fields, isMissing, isSurely, text, texts, UNKNOWN } from "../../values";
import { PRIVATE_KEY } from "../secrets";
import { ofKinds } from "./object";

const SERVICES = ofKinds("Service");

const isOfType = ({ inputs }: Resource, type: string): boolean => isSurely(at(inputs, "spec", "type"), type);

/** Labels by which Pod Security refuses pods of a namespace. */
const ENFORCED = "pod-security.kubernetes.io/enforce";

export const exposureRules: readonly Rule[] = [
  {
    name: "kubernetes-load-balancer-sources",
    description: "In production a load balancer says who may come.",
    level: "mandatory",
    remedy: "set spec.loadBalancerSourceRanges",
    on: SERVICES,
    judge: (resource) => {
      const sources = at(resource.inputs, "spec", "loadBalancerSourceRanges");
      const open = texts(sources).filter((source) => ["0.0.0.0/0", "::/0"].includes(source));
      if (!resource.production || !isOfType(resource, "LoadBalancer") || sources === UNKNOWN) return [];
      return isMissing(sources) ? ["it is open to every address"] : open.map((source) => `it is open to ${source}`);
    },
  },
  {
    name: "kubernetes-node-port",
    description: "In production functions are not reached by a port of every machine.",
    level: "advisory",
    remedy: "use a Gateway, or a Service of type LoadBalancer with source ranges",
    on: SERVICES,
    judge: (resource) =>
      resource.production && isOfType(resource, "NodePort") ? ["its port is open on every machine"] : [],
  },
  {
    name: "kubernetes-external-ips",
    description: "No Service takes over an address that is not its own (CVE-2020-8554).",
    level: "mandatory",
    remedy: "leave out spec.externalIPs",
    on: SERVICES,
    judge: ({ inputs }) =>
      isMissing(at(inputs, "spec", "externalIPs")) ? [] : ["it takes packets to spec.externalIPs"],
  },
  {
    name: "kubernetes-pod-security",
    description: "Namespaces say which pods they refuse.",
    level: "mandatory",
    remedy: `set the label ${ENFORCED}: restricted, or baseline where pods of others need it`,
    on: ofKinds("Namespace"),
    judge: ({ inputs }) => {
      const labels = at(inputs, "metadata", "labels");
      return labels === UNKNOWN || !isMissing(fields(labels)[ENFORCED]) ? [] : [`it has no label ${ENFORCED}`];
    },
  },
  {
    name: "kubernetes-secret-in-state",
    description: "What a Secret holds is encrypted in the state too.",
    level: "mandatory",
    remedy: "wrap the value with pulumi.secret, or read it from an encrypted setting",
    on: ofKinds("Secret"),
    judge: (resource) =>
      ["data", "stringData"].flatMap((field) =>
        Object.keys(fields(resource.inputs[field]))
          .filter((key) => isInTheOpen(resource, field, key))
          .map((key) => `${field}.${key} is in the open in the state and in every diff`),
      ),
  },
  {
    name: "kubernetes-secret-in-config-map",
    description: "No private key is in a ConfigMap, which everyone who may look at the namespace reads.",
    level: "mandatory",
    remedy: "put it into a Secret",
    on: ofKinds("ConfigMap"),
    judge: ({ inputs }) =>
      Object.entries(fields(inputs.data))
        .filter(([, value]) => PRIVATE_KEY.test(text(value) ?? ""))
        .map(([key]) => `data.${key} holds a private key`),
  },
  {
    name: "kubernetes-lasting-token",
    description: "No token of a service account is good for ever.",
    level: "mandatory",
    remedy:
      "leave the token to the kubelet, which gives pods short-lived ones, or ask for one with kubectl create token",
    on: ofKinds("Secret"),
    judge: ({ inputs }) =>
      isSurely(inputs.type, "kubernetes.io/service-account-token") ? ["it makes a token that never ends"] : [],
  },
];
