import { lostWith } from "../../../lasting";
import { ofTypes, type Resource, type Rule, when } from "../../rule";
import { at, fields, isMissing, isSurely, items, mayBe, number, text, UNKNOWN, type Value } from "../../values";
import { PRIVATE_KEY } from "../secrets";

const INSTANCES = ["aws:ec2/instance:Instance", "aws:ec2/spotInstanceRequest:SpotInstanceRequest"];
const TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate";
const onMachines = ofTypes(...INSTANCES, TEMPLATE);

/** An instance may leave everything to its launch template, which is judged itself. */
const isLeftToTemplate = ({ type, inputs }: Resource): boolean =>
  type !== TEMPLATE && !isMissing(inputs.launchTemplate);

/** One container between the machine and a pod already takes more than one hop. */
const MOST_HOPS = 1;

/** Disks of an instance or a launch template: what says how each is made, by where it stands. */
function disksOf({ type, inputs }: Resource): { where: string; disk: Value | undefined }[] {
  if (type === TEMPLATE)
    return items(inputs.blockDeviceMappings)
      .map((mapping, index) => ({ where: `blockDeviceMappings[${index}].ebs`, disk: at(mapping, "ebs") }))
      .filter(({ disk }) => !isMissing(disk));
  return items(inputs.ebsBlockDevices).map((disk, index) => ({ where: `ebsBlockDevices[${index}]`, disk }));
}

/** User data may come encoded. */
const decoded = (value: Value | undefined): string => Buffer.from(text(value) ?? "", "base64").toString("latin1");

export const machineRules: readonly Rule[] = [
  {
    name: "aws-imdsv2",
    description: "The metadata service answers only who has asked for a token first.",
    level: "mandatory",
    remedy: "set metadataOptions.httpTokens: required",
    on: onMachines,
    judge: (resource) =>
      when(
        !isLeftToTemplate(resource) &&
          !isSurely(at(resource.inputs, "metadataOptions", "httpEndpoint"), "disabled") &&
          !mayBe(at(resource.inputs, "metadataOptions", "httpTokens"), "required"),
        "metadataOptions.httpTokens is not required: a request that some page makes reads the machine's role",
      ),
  },
  {
    name: "aws-imds-hops",
    description: "The metadata service answers the machine and not its pods.",
    level: "mandatory",
    remedy: "set metadataOptions.httpPutResponseHopLimit: 1",
    on: onMachines,
    judge: (resource) => {
      const limit = at(resource.inputs, "metadataOptions", "httpPutResponseHopLimit");
      const hops = number(limit);
      if (isLeftToTemplate(resource) || limit === UNKNOWN) return [];
      // What an image says of it counts where nothing is set.
      return when(hops === undefined || hops > MOST_HOPS, `httpPutResponseHopLimit is ${hops ?? "not set"}`);
    },
  },
  {
    name: "aws-encrypted-root",
    description: "The disk that a machine boots from is encrypted.",
    level: "mandatory",
    remedy: "set rootBlockDevice.encrypted: true; in a launch template, ebs.encrypted of the root's mapping",
    on: onMachines,
    judge: (resource) => {
      if (isLeftToTemplate(resource)) return [];
      if (resource.type === TEMPLATE)
        return when(
          isMissing(resource.inputs.blockDeviceMappings),
          "blockDeviceMappings has no root: its encryption is the image's",
        );
      return when(
        !mayBe(at(resource.inputs, "rootBlockDevice", "encrypted"), true),
        "rootBlockDevice.encrypted is not true",
      );
    },
  },
  {
    name: "aws-encrypted-disks",
    description: "Every disk that comes with a machine is encrypted.",
    level: "mandatory",
    remedy: "set encrypted: true",
    on: onMachines,
    judge: (resource) =>
      disksOf(resource)
        .filter(({ disk }) => !mayBe(at(disk, "encrypted"), true))
        .map(({ where }) => `${where}.encrypted is not true`),
  },
  {
    name: "aws-encrypted-volumes",
    description: "Volumes and copies of snapshots are encrypted.",
    level: "mandatory",
    remedy: "set encrypted: true",
    on: ofTypes("aws:ebs/volume:Volume", "aws:ebs/snapshotCopy:SnapshotCopy", "aws:efs/fileSystem:FileSystem"),
    judge: ({ inputs }) => when(!mayBe(inputs.encrypted, true), "encrypted is not true"),
  },
  {
    name: "aws-secret-user-data",
    description: "Keys in user data are kept as secrets in the state.",
    level: "mandatory",
    remedy: "wrap the user data with pulumi.secret",
    on: onMachines,
    judge: (resource) =>
      ["userData", "userDataBase64"]
        .filter((field) => {
          const value = resource.inputs[field];
          return (PRIVATE_KEY.test(text(value) ?? "") || PRIVATE_KEY.test(decoded(value))) && !resource.isSecret(field);
        })
        .map((field) => `${field} holds a private key, in the open in the state`),
  },
  {
    name: "aws-pinned-image",
    description: "Machines start from one image, named by its id.",
    level: "mandatory",
    remedy: "name an image id, or look it up at a stated version",
    on: onMachines,
    judge: ({ type, inputs }) => {
      const image = text(type === TEMPLATE ? inputs.imageId : inputs.ami);
      return when(
        (image ?? "").startsWith("resolve:ssm:") && !/:\d+$/.test(image ?? ""),
        `${image} is another image from time to time`,
      );
    },
  },
  {
    name: "aws-termination-protection",
    description: "In production the machine with etcd is not ended by a wrong click.",
    level: "advisory",
    remedy: "set disableApiTermination: true",
    on: ofTypes("aws:ec2/instance:Instance"),
    // The others are to leave and to be replaced.
    judge: ({ type, name, inputs, production }) =>
      when(
        production && lostWith(type, name) !== undefined && !mayBe(inputs.disableApiTermination, true),
        "disableApiTermination is not true",
      ),
  },
  {
    name: "aws-tags",
    description: "What costs money says which project and which stack it is of.",
    level: "mandatory",
    remedy: "give it the tags Project and Stack, as awsTags does",
    on: ofTypes(
      ...INSTANCES,
      TEMPLATE,
      "aws:ec2/vpc:Vpc",
      "aws:ec2/natGateway:NatGateway",
      "aws:ec2/eip:Eip",
      "aws:ebs/volume:Volume",
      "aws:eks/cluster:Cluster",
      "aws:eks/nodeGroup:NodeGroup",
      "aws:kms/key:Key",
      "aws:lb/loadBalancer:LoadBalancer",
      "aws:s3/bucket:Bucket",
    ),
    judge: ({ inputs }) => {
      // The second has those that the provider gives to all.
      if (inputs.tags === UNKNOWN || inputs.tagsAll === UNKNOWN) return [];
      const tags = { ...fields(inputs.tags), ...fields(inputs.tagsAll) };
      const missing = ["Project", "Stack"].filter((tag) => isMissing(tags[tag]));
      return when(missing.length > 0, `it has no tag ${missing.join(" and no tag ")}`);
    },
  },
];
