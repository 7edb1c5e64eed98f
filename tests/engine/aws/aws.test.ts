import { join } from "node:path";
import { Vpc } from "@pulumi/aws/ec2/vpc";
import { hostArchitecture } from "../../../infra/toolchain/architecture";
import { aws } from "../../../stacks/aws";
import { engineBinary, withEngine } from "../engine";
import { golden, type PreviewedGraph, previewPlugins, previewStack, stackSettings } from "./stack-preview";

const TEST_MS = 180_000;

/** The file of the clone is for hosts of amd64. */
const TYPES: Record<string, string> =
  hostArchitecture() === "arm64" ? { awsControlPlaneType: "t4g.medium", awsInstanceType: "t4g.medium" } : {};

const missing = engineBinary() ? "" : " (skipped: no Pulumi engine)";
const onEngine = missing === "" ? describe : describe.skip;

onEngine(`the stack aws, previewed by the real engine${missing}`, () => {
  let graph: PreviewedGraph;

  // What a user gets with the file of the clone, but for the image: an id needs no question to AWS.
  beforeAll(async () => {
    const settings = stackSettings("aws", { awsImage: "ami-0123456789abcdef0", ...TYPES });
    graph = await withEngine({ plugins: previewPlugins }, (engine) => previewStack(engine, aws, "aws", settings));
  }, TEST_MS);

  test("is the graph of the golden file: types, names, parents, dependencies", () => {
    expect(graph).toEqual(golden(join(__dirname, "aws.golden.json"), graph));
  });

  test("sets no machine up before it can be reached, and no cluster before its name leads to it", () => {
    const before = (name: string, seen = new Set<string>()): Set<string> => {
      for (const one of graph[name]?.dependsOn ?? []) if (!seen.has(one)) before(one, seen.add(one));
      return seen;
    };
    const transaction = before("aws-1-runtime-transaction");
    for (const one of [
      "aws-1-born",
      "aws-1-machine",
      "aws-bastion-address",
      "aws-network-private-eu-central-1b-internet",
    ])
      expect(transaction).toContain(one);
    // A public address leads nowhere in a network without a gateway, and AWS refuses it.
    for (const one of ["aws-bastion-address", "aws-api-nlb"])
      expect(before(one)).toContain("aws-network-public-internet");
    const controlPlane = before("aws-cluster-control-plane");
    for (const one of ["aws-api-listener", "aws-api-aws-0-attachment", "aws-0-runtime-transaction"])
      expect(controlPlane).toContain(one);
  });
});

onEngine(`the plugin that stands in for AWS's${missing}`, () => {
  test(
    "makes nothing",
    async () => {
      await withEngine({ plugins: { aws: previewPlugins.aws! } }, async (engine) => {
        const program = async (): Promise<void> => {
          new Vpc("vpc", { cidrBlock: "10.0.0.0/16" });
        };
        await engine.preview(program);
        await expect(engine.up(program)).rejects.toThrow(
          "this plugin previews only; it does not make aws:ec2/vpc:Vpc vpc",
        );
      });
    },
    TEST_MS,
  );
});
