import { join } from "node:path";
import { Instance, type InstanceArgs } from "@pulumi/aws/ec2/instance";
import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { named } from "../../aws-network/tags";
import { type ConnectionArgs, remoteConnection, remoteScript } from "../../remote";
import type { KeyPair } from "../spec";
import { type DiskSettings, diskOf, METADATA } from "./hardware";
import { type BirthSettings, birthData } from "./user-data";

const AWAIT_BIRTH = join(__dirname, "..", "scripts", "await-birth.sh");

/** The script's own wait is shorter. */
const TIMEOUTS = { create: "10m", update: "10m" };

/** What every instance here has, whatever it is for. */
export interface InstanceSettings extends DiskSettings {
  name: string;
  image: pulumi.Input<string>;
  instanceType: string;
  subnetId: pulumi.Input<string>;
  groupIds: pulumi.Input<string>[];
  hostKey: pulumi.Output<KeyPair>;
  authorizedKey: pulumi.Output<string>;
  use: BirthSettings["use"];
  tags: Readonly<Record<string, string>>;
}

/**
 * An instance with IMDSv2 only, an encrypted disk and a host key from the graph.
 *
 * It keeps the image, the subnet and the user-data that it was born with: others are for machines to come.
 */
export function declareInstance(
  name: string,
  settings: InstanceSettings,
  more: Partial<InstanceArgs>,
  opts: pulumi.CustomResourceOptions,
): Instance {
  const { use, tags, hostKey, authorizedKey } = settings;
  const userData = pulumi
    .all([hostKey, authorizedKey])
    .apply(([hostKey, authorizedKey]) => birthData({ name: settings.name, hostKey, authorizedKey, use }));
  return new Instance(
    name,
    {
      ami: settings.image,
      instanceType: settings.instanceType,
      subnetId: settings.subnetId,
      vpcSecurityGroupIds: settings.groupIds,
      associatePublicIpAddress: false,
      userDataBase64: pulumi.secret(userData.apply((text) => Buffer.from(text).toString("base64"))),
      metadataOptions: METADATA,
      rootBlockDevice: {
        ...diskOf(settings),
        encrypted: true,
        deleteOnTermination: true,
        tags: named(settings.name, tags),
      },
      ebsOptimized: true,
      tags: named(settings.name, tags),
      ...more,
    },
    // Otherwise a new image would make every machine anew in one run, with all that is on it.
    { ...opts, ignoreChanges: ["ami", "subnetId", "userDataBase64", ...(opts.ignoreChanges ?? [])] },
  );
}

/** Ends when the machine has what its user-data asked for, or fails with the machine's own words. */
export function awaitBirth(
  name: string,
  machine: Instance,
  connection: pulumi.Input<ConnectionArgs>,
  parent: pulumi.Resource,
): pulumi.Resource {
  return new remote.Command(
    name,
    {
      connection: remoteConnection(connection),
      ...remoteScript({ file: AWAIT_BIRTH, inputs: {} }),
      logging: remote.Logging.Stderr,
      addPreviousOutputInEnv: false,
      // Another machine under the same name is to be waited for too.
      triggers: [machine.id],
    },
    { parent, customTimeouts: TIMEOUTS, deletedWith: machine, replaceWith: [machine] },
  );
}
