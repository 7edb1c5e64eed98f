import type { Mistake, Parser } from "./parse";
import type { Settings } from "./schema";

type Entry = Readonly<Record<string, unknown>>;

const isEntry = (value: unknown): value is Entry =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const LISTS = { clusters: "cluster", contexts: "context", users: "user" } as const;

type List = keyof typeof LISTS;

const HOW = "print one with kubectl config view --raw --flatten --minify";

/** The text of a kubeconfig. Its content is judged by `kubeconfigMistakes`, which knows the context. Empty: none. */
export const kubeconfigText: Parser<string> = (raw) => {
  if (raw === "") return { value: raw };
  const config = parsed(raw);
  if (!isEntry(config)) return { allowed: `the text of a kubeconfig, which is a YAML or JSON object; ${HOW}` };
  const wrong = (Object.keys(LISTS) as List[]).filter((list) => !isNamedList(config[list], LISTS[list]));
  return wrong.length === 0
    ? { value: raw }
    : { allowed: `the text of a kubeconfig with ${wrong.map(described).join(" and with ")}; ${HOW}` };
};

/**
 * What keeps a kubeconfig from leading to a cluster. To be asked where encrypted values are known. Names of its entries
 * are shown, nothing else of it.
 */
export function kubeconfigMistakes({
  kubeconfig,
  kubeContext,
}: Pick<Settings, "kubeconfig" | "kubeContext">): Mistake[] {
  if (kubeconfig === "") {
    const allowed = "nothing without kubeconfig (pulumi config set --secret kubeconfig), which has the context";
    return kubeContext === undefined ? [] : [{ key: "kubeContext", value: kubeContext, allowed }];
  }
  const config = parsed(kubeconfig) as Entry;
  const name = kubeContext ?? config["current-context"];
  const context = named(config, "contexts", name);
  if (context === undefined) return [noContext(config, kubeContext)];
  const reasons = [...clusterReasons(config, context), ...userReasons(config, context)];
  return reasons.map((allowed) => ({ key: "kubeconfig", value: "(secret)", allowed: `${allowed} (context ${name})` }));
}

function parsed(text: string): unknown {
  try {
    // Read only when there is one: the library costs more start-up than all other settings.
    return (require("yaml") as typeof import("yaml")).parse(text);
  } catch {
    // The parser's own message quotes the text, and the text holds keys.
    return undefined;
  }
}

const isNamedList = (list: unknown, field: string): boolean =>
  Array.isArray(list) &&
  list.length > 0 &&
  list.every((item) => isEntry(item) && typeof item.name === "string" && isEntry(item[field]));

const described = (list: List): string => `${list}, a list of {name, ${LISTS[list]}} with one entry or more`;

function named(config: Entry, list: List, name: unknown): Entry | undefined {
  const found = (config[list] as Entry[]).find((item) => item.name === name);
  return found?.[LISTS[list]] as Entry | undefined;
}

const namesIn = (config: Entry, list: List): string => (config[list] as Entry[]).map(({ name }) => name).join(", ");

function noContext(config: Entry, kubeContext: string | undefined): Mistake {
  const contexts = namesIn(config, "contexts");
  return kubeContext === undefined
    ? {
        key: "kubeContext",
        value: "(not set)",
        allowed: `one of ${contexts}: none of them is the kubeconfig's current`,
      }
    : { key: "kubeContext", value: kubeContext, allowed: `one of ${contexts}, which the kubeconfig has` };
}

function clusterReasons(config: Entry, context: Entry): string[] {
  const cluster = named(config, "clusters", context.cluster);
  if (cluster === undefined)
    return [`a kubeconfig whose context names one of its clusters, ${namesIn(config, "clusters")}`];
  const server = typeof cluster.server === "string" && /^https:\/\/[^\s/]+/.test(cluster.server);
  return [
    ...(server ? [] : ["a kubeconfig whose cluster has a server, an address with https://"]),
    ...(cluster["insecure-skip-tls-verify"] === true
      ? ["a kubeconfig that checks the server's certificate: certificate-authority-data, no insecure-skip-tls-verify"]
      : []),
    ...fileReasons(cluster, ["certificate-authority"]),
  ];
}

function userReasons(config: Entry, context: Entry): string[] {
  const user = named(config, "users", context.user);
  if (user === undefined) return [`a kubeconfig whose context names one of its users, ${namesIn(config, "users")}`];
  const removed = user["auth-provider"] !== undefined;
  return [
    ...(removed ? ["a kubeconfig without auth-provider, which Kubernetes removed; exec does the same"] : []),
    ...fileReasons(user, ["client-certificate", "client-key"]),
  ];
}

/** A file's name means another file on the next host that runs the stack. */
const fileReasons = (entry: Entry, fields: readonly string[]): string[] =>
  fields
    .filter((field) => entry[field] !== undefined)
    .map((field) => `a kubeconfig with ${field}-data in place of ${field}, a file of one host; ${HOW}`);
