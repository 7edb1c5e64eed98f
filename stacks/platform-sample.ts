import * as pulumi from "@pulumi/pulumi";
import { type ImageLogin, WasmFunction, type WasmFunctionArgs } from "../components/function";
import type { Unasked } from "../infra/report/answers";
import type { Settings } from "../infra/settings";
import { sampleCommand } from "../infra/toolchain/sample";

const SAMPLE = "http-server";

/** Tells one revision of the source from the next under the same tag: without it the pods would stay. */
const SOURCE_ANNOTATION = "ofwasm.dev/source";

/** Under which Docker's own registry is known to those who log in. */
const DOCKER_HUB = { image: "docker.io", login: "https://index.docker.io/v1/" };

/** Arguments of a function, without those that say where it is. */
type Arguments = Omit<WasmFunctionArgs, "namespace" | "name">;

/** Where and after what the sample is served. */
interface Place {
  args: Pick<WasmFunctionArgs, "namespace" | "verify">;
  options: pulumi.ComponentResourceOptions & { dependsOn: pulumi.Resource[] };
}

/**
 * The sample as OpenFunction's proposal for WebAssembly has it: one function that is built and not served, and one that
 * serves what was built.
 *
 * @returns as the stack's outputs describe it
 */
export function platformSample({ args, options }: Place, settings: Settings): object {
  const { sampleLane, platformAwait } = settings;
  const { build, serving } = platformSampleArgs(settings);
  const wait = platformAwait !== "none";
  const { namespace } = args;
  const built = build && new WasmFunction(`${SAMPLE}-build`, { ...build, namespace, wait }, options);
  const served = new WasmFunction(
    SAMPLE,
    // Nobody answers where the controllers do not run.
    { ...serving, ...args, wait, ...(wait ? {} : { verify: false }) },
    { ...options, dependsOn: [...options.dependsOn, ...(built === undefined ? [] : [built])] },
  );
  const unasked: Unasked = {
    state: "Declared",
    reason: `lane ${sampleLane}: not asked from here, where its address may lead nowhere`,
  };
  return { name: SAMPLE, url: served.url, unasked };
}

/** The arguments of both; `build` only where the settings name a repository. */
export function platformSampleArgs(settings: Settings): { build?: Arguments; serving: Arguments } {
  const { sampleLane: lane, sampleRepository: source, imagePrefix } = settings;
  const common = { lane, image: `${imagePrefix}/${SAMPLE}:0.1.0`, ...registryLogin(settings) };
  const serving: Arguments = {
    ...common,
    command: sampleCommand(SAMPLE),
    imagePullPolicy: "IfNotPresent",
    http: { port: 8080, route: "/echo" },
    scale: { min: 0, max: 10 },
    probes: { liveness: { initialDelaySeconds: 3, periodSeconds: 30 } },
  };
  if (source === undefined) return { serving };
  return {
    build: {
      ...common,
      serve: false,
      build: { dockerfile: "Dockerfile", source: { ...source, contextDir: `samples/${SAMPLE}` } },
    },
    serving: { ...serving, annotations: { [SOURCE_ANNOTATION]: `${source.url}#${source.revision}` } },
  };
}

/** The login of the registry of functions' images; nothing where it is used without one. */
export function registryLogin({ imagePrefix = "", registryUsername, registryPassword }: Settings): {
  imageCredentials?: ImageLogin;
} {
  if (registryUsername === "") return {};
  const [host = ""] = imagePrefix.split("/");
  const server = host === DOCKER_HUB.image ? DOCKER_HUB.login : host;
  return {
    imageCredentials: { server, username: registryUsername, password: pulumi.secret(registryPassword) },
  };
}
