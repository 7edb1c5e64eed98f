import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type Cluster, inCluster } from "../components/cluster";
import { functionNamespace, WasmFunction } from "../components/function";
import { NodeImage } from "../components/node-images";
import type { WasmRuntime } from "../components/wasm-runtime";
import type { StoredImage } from "../infra/toolchain/oci";
import { type SampleName, sampleCommand } from "../infra/toolchain/sample";
import { versions } from "../infra/versions";
import type { CompositionContext } from "./composition";
import { daprSidecar, SIDECAR_VARIABLES } from "./dapr-sidecar";
import type { WasmMachine } from "./wasm-on-machines";

/** The samples that the settings ask for, served, and as the stack's outputs describe them. */
export function sampleFunctions(
  machines: WasmMachine[],
  cluster: Cluster,
  wasm: WasmRuntime,
  { stack, settings, artifacts }: CompositionContext,
): unknown[] {
  const { sample, daprSample } = artifacts;
  if (!sample && !daprSample) return [];
  const options = inCluster(cluster);
  const namespace = new kubernetes.core.v1.Namespace(`${stack}-functions`, functionNamespace("functions"), options);
  const dependsOn = [wasm, ...cluster.ready];
  const onMachines = (part: string, image: StoredImage): pulumi.Resource[] =>
    machines.map((machine) => new NodeImage(`${machine.name}-${part}`, { machine, ...image }).present);
  const common = (name: SampleName, image: StoredImage) => ({
    namespace: namespace.metadata.name,
    image: image.reference,
    imagePullPolicy: "Never" as const,
    command: sampleCommand(name),
    probe: { path: "/" },
    host: dialledHost(machines[0]!),
  });
  const output = { runtimeClass: wasm.className, runtime: runtimeOf(machines[0]!) };
  const outputs: unknown[] = [];
  if (sample) {
    const args = {
      ...common("http-server", sample),
      replicas: settings.sampleReplicas,
      service: { type: "NodePort" as const, nodePort: settings.functionPort },
    };
    const images = onMachines("http-server", sample);
    const echo = new WasmFunction("http-server", args, { ...options, dependsOn: [...dependsOn, ...images] });
    outputs.push({ name: "http-server", url: pulumi.interpolate`${echo.url}/echo`, ...output });
  }
  if (daprSample) {
    const { image, daprd } = daprSample;
    const args = {
      ...common("dapr-state", image),
      env: SIDECAR_VARIABLES,
      service: { type: "NodePort" as const },
    };
    const images = [...onMachines("dapr-state", image), ...onMachines("daprd", daprd)];
    const state = new WasmFunction("dapr-state", args, {
      ...options,
      dependsOn: [...dependsOn, ...images],
      transformations: [daprSidecar("dapr-state", daprd.reference)],
    });
    const beside = `daprd ${versions.dapr} with its store in memory`;
    // It answers with what the store gives back.
    outputs.push({ name: "dapr-state", url: pulumi.interpolate`${state.url}/state/asked`, ...output, beside });
  }
  return outputs;
}

const runtimeOf = ({ runtime: { versions: of } }: WasmMachine): pulumi.Output<string> =>
  pulumi.interpolate`crun ${of.crun} +WASM:wasmedge ${of.wasmedge}`;

/** Where this program, and so its user, reaches a machine. */
const dialledHost = ({ connection }: WasmMachine): pulumi.Output<string> =>
  pulumi.unsecret(pulumi.output(connection)).apply(({ host }) => host);
