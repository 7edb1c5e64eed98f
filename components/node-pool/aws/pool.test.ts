import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { type Declared, recordGraph, settled } from "../../../tests/support/graph";
import { AwsNodePool, type AwsNodePoolArgs } from ".";
import { awsPoolProblems } from "./args";
import { sessionPolicy } from "./trust";

const pair = (name: string) => ({ privateKey: `PRIVATE ${name}`, publicKey: `ssh-ed25519 AAAA${name}` });

const NETWORK = {
  vpcId: pulumi.output("vpc-1"),
  publicSubnetIds: ["public-a", "public-c"].map((id) => pulumi.output(id)),
  privateSubnetIds: ["private-a", "private-c"].map((id) => pulumi.output(id)),
  ready: [],
};

const ARGS: AwsNodePoolArgs = {
  network: NETWORK,
  machines: [{ instanceType: "m7i.large" }, { instanceType: "m7i.large" }, { instanceType: "c7i.large", spot: true }],
  architecture: "amd64",
  image: "ami-0123456789abcdef0",
  ssh: { way: "bastion", sourceCidrs: ["192.0.2.0/24", "198.51.100.7/32"] },
  tags: { Project: "project", Stack: "prod" },
};

function outputsOf({ type, name }: { type: string; name: string }): Record<string, unknown> {
  if (name.endsWith("-keys")) return { stdout: JSON.stringify(pair(name)) };
  if (type === "aws:ec2/instance:Instance") return { privateIp: `ip of ${name}` };
  if (type === "aws:ec2/eip:Eip") return { publicIp: `ip of ${name}` };
  return type.startsWith("aws:iam/") ? { name: `${name}-id` } : {};
}

/** Answers a search for an image with what was searched for. */
const lookedUp = (token: string, args: Record<string, unknown>) => {
  expect(token).toBe("aws:ec2/getAmi:getAmi");
  const { owners, filters, includeDeprecated } = args as {
    owners: string[];
    filters: object[];
    includeDeprecated: true;
  };
  return { ...args, id: `${owners} ${JSON.stringify(filters)} ${includeDeprecated}` };
};

async function made(change: Partial<AwsNodePoolArgs> = {}): Promise<[AwsNodePool, Map<string, Declared>]> {
  const graph = recordGraph(outputsOf, lookedUp);
  const pool = new AwsNodePool("aws", { ...ARGS, ...change });
  await settled(pool.urn);
  await settled(pool.machines.map(({ connection }) => connection));
  await pulumi.runtime.disconnect();
  return [pool, graph];
}

/** The graph of the arguments above: most tests look at it, and making one takes its time. */
let usual: Promise<[AwsNodePool, Map<string, Declared>]> | undefined;
const base = () => {
  usual ??= made();
  return usual;
};

/** A value that the engine is told to be a secret. */
const secretOf = (value: unknown): unknown => {
  expect(value).toMatchObject({ "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" });
  return (value as { value: unknown }).value;
};

const userDataOf = (declared: Declared | undefined) =>
  parse(Buffer.from(secretOf(declared?.inputs.userDataBase64) as string, "base64").toString("utf8"));

describe("a machine", () => {
  it("has IMDSv2 only, one hop, an encrypted disk, a private address and a role", async () => {
    const [, graph] = await base();
    const { userDataBase64: _, ...inputs } = graph.get("aws-0-machine")!.inputs;
    expect(inputs).toEqual({
      ami: "ami-0123456789abcdef0",
      instanceType: "m7i.large",
      subnetId: "private-a",
      vpcSecurityGroupIds: ["aws-group-id"],
      associatePublicIpAddress: false,
      metadataOptions: {
        httpEndpoint: "enabled",
        httpTokens: "required",
        httpPutResponseHopLimit: 1,
        instanceMetadataTags: "disabled",
      },
      rootBlockDevice: {
        volumeType: "gp3",
        volumeSize: 30,
        encrypted: true,
        deleteOnTermination: true,
        tags: { Project: "project", Stack: "prod", Name: "aws-0" },
      },
      ebsOptimized: true,
      iamInstanceProfile: "aws-profile-id",
      disableApiTermination: false,
      tags: { Project: "project", Stack: "prod", Name: "aws-0" },
    });
  });

  it("takes turns in the zones", async () => {
    const [, graph] = await base();
    const subnets = [0, 1, 2].map((index) => graph.get(`aws-${index}-machine`)!.inputs.subnetId);
    expect(subnets).toEqual(["private-a", "private-c", "private-a"]);
  });

  it("is told its own host key and who may log in, as a secret", async () => {
    const [, graph] = await base();
    expect(userDataOf(graph.get("aws-1-machine"))).toMatchObject({
      hostname: "aws-1",
      ssh_keys: { ed25519_private: "PRIVATE aws-1-keys\n", ed25519_public: "ssh-ed25519 AAAAaws-1-keys" },
      users: [{ ssh_authorized_keys: ["ssh-ed25519 AAAAaws-client-keys"] }],
    });
    for (const { inputs } of graph.values()) {
      const { userDataBase64: _, connection, ...shown } = inputs;
      if (connection !== undefined) secretOf(connection);
      expect(JSON.stringify(shown)).not.toContain("PRIVATE");
    }
  });

  it("keeps image, subnet and user-data that it was born with", async () => {
    const [, graph] = await base();
    const kept = ["ami", "subnetId", "userDataBase64"];
    expect(graph.get("aws-0-machine")!.ignoreChanges).toEqual(kept);
    expect(graph.get("aws-bastion-machine")!.ignoreChanges).toEqual([...kept, "associatePublicIpAddress"]);
  });

  it("may be a spot machine, by a request that does not outlive it", async () => {
    const [, graph] = await base();
    expect(graph.get("aws-2-machine")!.inputs.instanceMarketOptions).toEqual({
      marketType: "spot",
      spotOptions: { instanceInterruptionBehavior: "terminate", spotInstanceType: "one-time" },
    });
    const triggers = [1, 2].map((index) => graph.get(`aws-${index}-machine`)!.replacementTrigger);
    expect(triggers).toEqual(["on demand", "spot"]);
  });

  it("takes disk, key, groups and protection from the arguments", async () => {
    const change = { diskGib: 100, kmsKeyId: "key-1", securityGroupIds: ["sg-own"] };
    const machines = [{ instanceType: "m7i.large", terminationProtection: true }, { instanceType: "m7i.large" }];
    const [, graph] = await made({ ...change, machines });
    expect(graph.get("aws-1-machine")!.inputs.disableApiTermination).toBe(false);
    expect(graph.get("aws-0-machine")!.inputs).toMatchObject({
      rootBlockDevice: { volumeSize: 100, kmsKeyId: "key-1", encrypted: true },
      vpcSecurityGroupIds: ["aws-group-id", "sg-own"],
      disableApiTermination: true,
    });
    expect(graph.get("aws-bastion-machine")!.inputs).toMatchObject({
      rootBlockDevice: { volumeSize: 8, kmsKeyId: "key-1" },
    });
  });

  it("is connected to through the bastion, both with pinned keys, as one secret", async () => {
    const [{ machines }] = await base();
    expect(await pulumi.isSecret(pulumi.output(machines[1]!.connection))).toBe(true);
    expect(await settled(machines[1]!.connection)).toEqual({
      host: "ip of aws-1-machine",
      user: "ofwasm",
      hostKey: "ssh-ed25519 AAAAaws-1-keys",
      privateKey: "PRIVATE aws-client-keys",
      proxy: {
        host: "ip of aws-bastion-address",
        user: "ofwasm",
        hostKey: "ssh-ed25519 AAAAaws-bastion-keys",
        privateKey: "PRIVATE aws-client-keys",
      },
    });
  });

  it("is used when cloud-init has ended, and waited for with it when it is made anew", async () => {
    const [{ machines }, graph] = await base();
    expect(await Promise.all((machines[0]!.ready as pulumi.Resource[]).map(({ urn }) => settled(urn)))).toEqual([
      expect.stringContaining("aws-0-machine"),
      expect.stringContaining("aws-0-born"),
    ]);
    const born = graph.get("aws-0-born")!;
    expect(born).toMatchObject({ deletedWith: "aws-0-machine", replaceWith: ["aws-0-machine"] });
    expect(born.inputs).toMatchObject({ triggers: ["aws-0-machine-id"], logging: "stderr" });
    expect(born.inputs.stdin).toContain("cloud-init status --wait");
  });

  it("is left as it is when the pool grows", async () => {
    const [, before] = await base();
    const [, after] = await made({ machines: [...ARGS.machines, { instanceType: "m7i.large" }] });
    for (const [name, one] of before) if (name !== "aws") expect(after.get(name)).toEqual(one);
    expect(after.has("aws-3-machine")).toBe(true);
  });
});

it("an image's name is looked up in the region, and its id is what machines are born from", async () => {
  const [, graph] = await made({ image: "debian-13@20251117-2299" });
  for (const name of ["aws-0-machine", "aws-bastion-machine"])
    expect(graph.get(name)!.inputs.ami).toBe(
      '136693071363 [{"name":"name","values":["debian-13-amd64-20251117-2299"]}] true',
    );
});

describe("who reaches what", () => {
  const rulesOf = (graph: Map<string, Declared>) =>
    [...graph.values()]
      .filter(({ type }) => /SecurityGroup(In|E)gressRule$/.test(type))
      .map(
        ({ type, inputs: { securityGroupId, ipProtocol, fromPort, toPort, cidrIpv4, referencedSecurityGroupId } }) => {
          expect(toPort).toBe(fromPort);
          const way = type.endsWith("IngressRule") ? "from" : "to";
          return `${securityGroupId} ${ipProtocol} ${fromPort} ${way} ${cidrIpv4 ?? referencedSecurityGroupId}`;
        },
      )
      .sort();

  it("is no more than kubeadm, flannel, downloads and SSH through the bastion need", async () => {
    const [, graph] = await base();
    expect(rulesOf(graph)).toEqual([
      "aws-bastion-group-id tcp 22 from 192.0.2.0/24",
      "aws-bastion-group-id tcp 22 from 198.51.100.7/32",
      "aws-bastion-group-id tcp 22 to aws-group-id",
      "aws-bastion-group-id tcp 443 to 0.0.0.0/0",
      "aws-bastion-group-id tcp 80 to 0.0.0.0/0",
      "aws-group-id tcp 10250 from aws-group-id",
      "aws-group-id tcp 10250 to aws-group-id",
      "aws-group-id tcp 22 from aws-bastion-group-id",
      "aws-group-id tcp 443 to 0.0.0.0/0",
      "aws-group-id tcp 6443 from aws-group-id",
      "aws-group-id tcp 6443 to aws-group-id",
      "aws-group-id tcp 80 to 0.0.0.0/0",
      "aws-group-id udp 8472 from aws-group-id",
      "aws-group-id udp 8472 to aws-group-id",
    ]);
  });

  it("is SSH from the named networks where there is no bastion", async () => {
    const [, graph] = await made({ ssh: { way: "direct", sourceCidrs: ["10.0.0.0/16"] } });
    expect(rulesOf(graph).filter((rule) => rule.includes(" 22 "))).toEqual(["aws-group-id tcp 22 from 10.0.0.0/16"]);
    expect([...graph.keys()].filter((name) => name.includes("bastion"))).toEqual([]);
  });

  it("is in place before the first machine is", async () => {
    const [, graph] = await base();
    const rules = [...graph.values()].filter(({ type, name }) => /Rule$/.test(type) && !name.startsWith("aws-bastion"));
    expect(graph.get("aws-0-machine")!.dependsOn).toEqual(expect.arrayContaining(rules.map(({ name }) => name)));
    expect(graph.get("aws-0-machine")!.dependsOn).toContain("aws-sessions");
  });

  it("has a description and tags in every group and rule", async () => {
    const [, graph] = await base();
    for (const { type, inputs } of graph.values())
      if (/SecurityGroup/.test(type))
        expect(inputs).toMatchObject({ description: expect.any(String), tags: { Project: "project", Stack: "prod" } });
  });
});

describe("the bastion", () => {
  it("is the one machine with a public address, in a public subnet, without a role", async () => {
    const [, graph] = await made({ ssh: { ...ARGS.ssh, instanceType: "t3.micro" } });
    expect(graph.get("aws-bastion-machine")!.inputs).toMatchObject({ subnetId: "public-a", instanceType: "t3.micro" });
    expect(graph.get("aws-bastion-machine")!.inputs).not.toHaveProperty("iamInstanceProfile");
    for (const name of ["aws-bastion-machine", "aws-bastion-address"])
      expect(graph.get(name)!.inputs.tags).toHaveProperty(
        ["ofwasm.dev/public"],
        "SSH to the machines, from named networks",
      );
    expect(graph.get("aws-bastion-address")!.inputs).toMatchObject({
      domain: "vpc",
      instance: "aws-bastion-machine-id",
    });
    expect(userDataOf(graph.get("aws-bastion-machine")).users[0]).not.toHaveProperty("sudo");
  });

  it.each([
    ["amd64", "m7i.large", "t3.nano"],
    ["arm64", "m7g.large", "t4g.nano"],
  ] as const)("has processors of the pool's kind: %s", async (architecture, instanceType, bastion) => {
    const [, graph] = await made({ architecture, machines: [{ instanceType }] });
    expect(graph.get("aws-bastion-machine")!.inputs.instanceType).toBe(bastion);
  });
});

it("machines have one role, with nothing but sessions", async () => {
  const [, graph] = await base();
  expect(JSON.parse(graph.get("aws-role")!.inputs.assumeRolePolicy as string).Statement[0].Principal).toEqual({
    Service: "ec2.amazonaws.com",
  });
  const attached = [...graph.values()].filter(({ type }) => type.startsWith("aws:iam/") && type.includes("Polic"));
  expect(attached.map(({ inputs }) => inputs.policy)).toEqual([JSON.stringify(sessionPolicy())]);
});

it("everything is the pool's child", async () => {
  const [, graph] = await base();
  for (const { name, parent } of graph.values()) expect([name, parent]).toEqual([name, name === "aws" ? "" : "aws"]);
});

describe("awsPoolProblems", () => {
  it("finds nothing wrong with a good pool", () => expect(awsPoolProblems("aws", ARGS)).toEqual([]));

  it("reports everything at once, before any resource is made", () => {
    const graph = recordGraph();
    const bad: AwsNodePoolArgs = {
      ...ARGS,
      network: { ...NETWORK, publicSubnetIds: [] },
      machines: [{ instanceType: "m7g.large", spot: true, terminationProtection: true }],
      image: "debian-13@latest",
      diskGib: 4,
      ssh: { way: "bastion", sourceCidrs: ["0.0.0.0/0"], instanceType: "t4g.nano" },
      driver: "rm -rf /",
    };
    expect(awsPoolProblems("AWS", bad).map(({ propertyPath }) => propertyPath)).toEqual([
      "name",
      "machines[0].instanceType",
      "machines[0].terminationProtection",
      "image",
      "diskGib",
      "ssh.sourceCidrs",
      "ssh.instanceType",
      "ssh.way",
      "driver",
    ]);
    expect(() => new AwsNodePool("AWS", bad)).toThrow(pulumi.InputPropertiesError);
    expect(graph.size).toBe(0);
  });

  it("wants a machine and a network that SSH comes from", () => {
    const problems = awsPoolProblems("aws", { ...ARGS, machines: [], ssh: { way: "direct", sourceCidrs: [] } });
    expect(problems.map(({ propertyPath }) => propertyPath)).toEqual(["machines", "ssh.sourceCidrs"]);
  });
});
