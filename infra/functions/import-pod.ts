import type { FunctionProbe, FunctionSpec, FunctionVariable, FunctionVolume } from "../../components/function";
import { knativeSecurity } from "../../components/function/lanes/knative-pod";
import { present, unlessEmpty } from "./fields";
import { isSame, type Taken } from "./taken";

type Loose = Record<string, unknown>;

type PodArguments = Pick<
  FunctionSpec,
  "command" | "args" | "imagePullPolicy" | "env" | "resources" | "probes" | "volumes" | "sidecars" | "runtimeClassName"
>;

/** The arguments that say what a Function's template and parameters say. */
export function podOf(serving: Taken, port = 8080): PodArguments {
  const template = serving.inside("template");
  const containers = template.take<Loose[]>("containers") ?? [];
  const found = containers.find(({ name }) => name === "function");
  const sidecars = containers.filter((one) => one !== found);
  const own = template.part(found);
  own.take("name");
  takeSame(own, "securityContext", knativeSecurity());
  const args = present({
    command: own.take<string[]>("command"),
    args: own.take<string[]>("args"),
    imagePullPolicy: own.text("imagePullPolicy") as PodArguments["imagePullPolicy"],
    env: unlessEmpty({ ...variables(own), ...parameters(serving.inside("params")) }),
    resources: own.take<NonNullable<FunctionSpec["resources"]>>("resources"),
    probes: unlessEmpty(
      present({
        // None is not the argument's default.
        liveness:
          found === undefined || own.has("livenessProbe") ? probe(own, "livenessProbe", port) : (false as const),
        readiness: probe(own, "readinessProbe", port),
      }),
    ),
    volumes: volumes(template, own),
    sidecars: sidecars.length === 0 ? undefined : (sidecars as unknown as FunctionSpec["sidecars"]),
    runtimeClassName: template.text("runtimeClassName"),
  }) as PodArguments;
  for (const name of ["enableServiceLinks", "automountServiceAccountToken"]) takeSame(template, name, false);
  if (own.left().length > 0) template.putBack("containers", [found]);
  return args;
}

/** Takes what the component says by itself; anything else stays. */
function takeSame(from: Taken, name: string, ours: unknown): void {
  const value = from.take(name);
  if (value !== undefined && !isSame(value, ours)) from.putBack(name, value);
}

const parameters = (params: Taken): Record<string, string> =>
  Object.fromEntries(params.names().map((name) => [name, String(params.take(name))]));

interface Variable {
  name: string;
  value?: string;
  valueFrom?: { secretKeyRef?: Reference; configMapKeyRef?: Reference };
}

interface Reference {
  name?: string;
  key: string;
  optional?: boolean;
}

/** Variables with a value, or with one that is kept elsewhere; others stay. */
function variables(container: Taken): Record<string, FunctionVariable> {
  const all = (container.take<Variable[]>("env") ?? []).map((one) => [one, variable(one)] as const);
  const others = all.filter(([, value]) => value === undefined).map(([one]) => one);
  if (others.length > 0) container.putBack("env", others);
  return Object.fromEntries(all.flatMap(([{ name }, value]) => (value === undefined ? [] : [[name, value]])));
}

function variable({ value, valueFrom }: Variable): FunctionVariable | undefined {
  if (valueFrom === undefined) return value ?? "";
  const { secretKeyRef: secret, configMapKeyRef: map } = valueFrom;
  if (secret?.name !== undefined && secret.optional === undefined) return { secret: secret.name, key: secret.key };
  if (map?.name !== undefined && map.optional === undefined) return { configMap: map.name, key: map.key };
  return undefined;
}

interface Probe
  extends Pick<FunctionProbe, "initialDelaySeconds" | "periodSeconds" | "timeoutSeconds" | "failureThreshold"> {
  tcpSocket?: { port?: number };
  httpGet?: { path?: string; port?: number };
}

/** Probes of the function's own port; others stay. */
function probe(container: Taken, name: string, port: number): FunctionProbe | undefined {
  const found = container.take<Probe>(name);
  if (found === undefined) return undefined;
  const { tcpSocket, httpGet, initialDelaySeconds, periodSeconds, timeoutSeconds, failureThreshold, ...others } = found;
  const { port: asked = port, path, ...more } = { ...tcpSocket, ...httpGet } as { port?: number; path?: string };
  const plain =
    Object.keys({ ...others, ...more }).length === 0 && asked === port && (tcpSocket ?? httpGet) !== undefined;
  if (!plain) {
    container.putBack(name, found);
    return undefined;
  }
  return present({
    path: httpGet === undefined ? undefined : (path ?? "/"),
    initialDelaySeconds,
    periodSeconds,
    timeoutSeconds,
    failureThreshold,
  });
}

interface Mount {
  name: string;
  mountPath: string;
  readOnly?: boolean;
  subPath?: string;
}

/** Kinds of volumes that the kubelet mounts for reading, whatever is said. */
const ONLY_READ = ["configMap", "secret", "projected", "downwardAPI"];

/** Whether Kubernetes lets a container write where nothing is said; the argument's default is the other one. */
const writable = (source: object): boolean => !Object.keys(source).some((kind) => ONLY_READ.includes(kind));

/** Volumes that the function mounts once; others stay. */
function volumes(template: Taken, container: Taken): FunctionVolume[] | undefined {
  const all = template.take<({ name: string } & Loose)[]>("volumes") ?? [];
  const mounts = container.take<Mount[]>("volumeMounts") ?? [];
  const of = (name: string): Mount[] => mounts.filter((mount) => mount.name === name);
  const simple = all.filter(({ name }) => of(name).length === 1);
  const names = simple.map(({ name }) => name);
  if (simple.length < all.length)
    template.putBack(
      "volumes",
      all.filter((one) => !simple.includes(one)),
    );
  const others = mounts.filter(({ name }) => !names.includes(name));
  if (others.length > 0) container.putBack("volumeMounts", others);
  const found = simple.map(({ name, ...source }) => {
    const { mountPath, readOnly = writable(source) ? false : undefined, subPath } = of(name)[0] as Mount;
    return present({ name, mountPath, readOnly: readOnly === false ? false : undefined, subPath, source });
  });
  return found.length === 0 ? undefined : (found as FunctionVolume[]);
}
