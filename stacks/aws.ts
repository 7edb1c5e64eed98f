import { AwsApiEndpoint, type AwsMachineArgs, AwsNodePool } from "../components/node-pool/aws";
import { nodeBinaries } from "../infra/node-binaries";
import type { Mistake, Settings } from "../infra/settings";
import { awsMachineMistakes, awsNameMistakes, awsNetworkMistakes } from "../infra/settings/aws";
import { hostArchitecture } from "../infra/toolchain/architecture";
import { versions } from "../infra/versions";
import { type AwsPlace, awsPlace } from "./aws-place";
import type { Composition, CompositionContext } from "./composition";
import { wasmOnMachines } from "./wasm-on-machines";

/** Machines on EC2, made and removed with the stack. */
export const aws: Composition = {
  description: "machines on AWS EC2",
  needs: ["nodeBinaries", "payload", "sample", "charts"],
  plugins: ["aws"],
  problems: (settings, stack) => [
    ...awsNameMistakes(stack, settings.nodes),
    ...awsNetworkMistakes(settings),
    ...awsMachineMistakes(settings, hostArchitecture()),
    ...clusterMistakes(settings),
  ],
  declare(context) {
    const place = awsPlace(context);
    const pool = machines(context, place);
    const api = apiEndpoint(context, place, pool);
    return wasmOnMachines(context, pool, {
      cgroupDriver: "systemd",
      artifacts: context.artifacts.nodeBinaries,
      apiHost: api.host,
    });
  },
};

function clusterMistakes(settings: Settings): Mistake[] {
  const { network, kubernetesVersion, awsArchitecture = hostArchitecture(), payloadDigest } = settings;
  const mistakes: Mistake[] = [];
  if (network !== "overlay")
    mistakes.push({ key: "network", value: network, allowed: "overlay: machines of different zones share no link" });
  if (nodeBinaries(kubernetesVersion, awsArchitecture).length === 0) {
    const allowed = `${versions.kubernetes.download}, which machines can download with a published checksum`;
    mistakes.push({ key: "kubernetesVersion", value: kubernetesVersion, allowed });
  }
  if (awsArchitecture !== hostArchitecture() && payloadDigest === undefined) {
    const allowed = `${hostArchitecture()}, this host's, or payloadDigest of a payload that was made on ${awsArchitecture}`;
    mistakes.push({ key: "awsArchitecture", value: awsArchitecture, allowed });
  }
  return mistakes;
}

/** What the pool is made of, the control plane first. */
export function awsMachines(settings: Settings): AwsMachineArgs[] {
  const { nodes, production, awsControlPlaneType, awsInstanceType, awsSpot, awsTerminationProtection } = settings;
  const controlPlane = {
    instanceType: awsControlPlaneType,
    // It is always there: AWS takes back spot instances only from among the others.
    spot: false,
    terminationProtection: production || awsTerminationProtection,
  };
  // Production alone does not protect these: they may leave and be replaced, which AWS would refuse after the drain.
  const worker = {
    instanceType: awsInstanceType,
    spot: awsSpot,
    terminationProtection: awsTerminationProtection && !awsSpot,
  };
  return [controlPlane, ...Array.from({ length: nodes - 1 }, () => worker)];
}

function machines({ stack, settings }: CompositionContext, { network, tags, provider }: AwsPlace): AwsNodePool {
  const { awsBastion, awsSshCidrs } = settings;
  return new AwsNodePool(
    stack,
    {
      network,
      machines: awsMachines(settings),
      architecture: settings.awsArchitecture ?? hostArchitecture(),
      image: settings.awsImage!,
      ssh: { way: awsBastion ? "bastion" : "direct", sourceCidrs: awsSshCidrs },
      diskGib: settings.awsDiskGib,
      tags,
    },
    { providers: [provider] },
  );
}

function apiEndpoint(
  { stack, settings }: CompositionContext,
  { network, tags, provider }: AwsPlace,
  pool: AwsNodePool,
): AwsApiEndpoint {
  const { name, resource } = pool.machines[0]!;
  return new AwsApiEndpoint(
    `${stack}-api`,
    {
      network,
      controlPlanes: [{ name, instanceId: resource.id }],
      machineGroup: pool.securityGroup,
      sourceCidrs: settings.awsApiCidrs,
      public: settings.awsApiPublic,
      tags,
    },
    { providers: [provider] },
  );
}
