import { join } from "node:path";
import { rawSettings } from "../engine/stack-files";
import { parseSettings, SettingsError } from "../settings";
import { awsMachineMistakes, awsNetworkMistakes } from "./aws";

const DEFAULTS = rawSettings(join(__dirname, "../.."));

const GOOD = {
  awsRegion: "eu-central-1",
  awsZones: "eu-central-1a, eu-central-1b",
  awsImage: "debian-13@20260101-2350",
  awsSshCidrs: "192.0.2.0/24",
  awsApiCidrs: "10.0.0.0/16",
};

const settings = (change: Record<string, string> = {}) => parseSettings({ ...DEFAULTS, ...GOOD, ...change });

function refused(change: Record<string, string>): string[] {
  try {
    settings(change);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.mistakes.map(({ key, allowed }) => `${key}: ${allowed}`);
    throw error;
  }
}

describe("settings of a stack on AWS", () => {
  it("are lists by comma, and absent where they are empty", () => {
    expect(settings()).toMatchObject({
      awsZones: ["eu-central-1a", "eu-central-1b"],
      awsSshCidrs: ["192.0.2.0/24"],
      awsVpc: undefined,
      awsArchitecture: undefined,
      awsTags: {},
    });
    expect(settings({ awsTags: '{"Owner":"platform"}' }).awsTags).toEqual({ Owner: "platform" });
  });

  it.each([
    [{ awsRegion: "Frankfurt" }, "awsRegion: a region, eu-central-1"],
    [{ awsAccount: "12" }, "awsAccount: an account's 12 digits"],
    [{ awsVpcCidr: "10.0.0.0/8" }, "awsVpcCidr: another value: "],
    [{ awsVpc: "main" }, "awsVpc: a VPC's id"],
    [{ awsPrivateSubnets: "a,b" }, "awsPrivateSubnets: ids of subnets by comma"],
    [{ awsInstanceType: "large" }, "awsInstanceType: an instance type"],
    [{ awsImage: "debian-13@latest" }, "awsImage: another value: "],
    [{ awsSshCidrs: "0.0.0.0/0" }, 'awsSshCidrs: networks by comma, 192.0.2.0/24: "0.0.0.0/0" is the whole internet'],
    [{ awsApiCidrs: "192.0.2.1/24" }, "awsApiCidrs: networks by comma, 192.0.2.0/24: "],
    [{ awsTags: '{"Stack":"mine"}' }, "awsTags: an object of tags"],
    [{ awsTags: "[]" }, "awsTags: an object of tags"],
    [{ awsDiskGib: "4" }, "awsDiskGib: a whole number from 8"],
    [{ awsNatGateways: "none" }, "awsNatGateways: one or perZone"],
  ])("refuse %j and say what is allowed", (change, text) => {
    const found = refused(change);
    expect(found).toHaveLength(1);
    expect(found[0]!.startsWith(text)).toBe(true);
  });
});

const network = (change: Record<string, string>) => awsNetworkMistakes(settings(change)).map(({ key }) => key);
const machines = (change: Record<string, string>) =>
  awsMachineMistakes(settings(change), "amd64").map(({ key }) => key);

describe("what the network of a stack on AWS needs", () => {
  const existing = { awsVpc: "vpc-01234567", awsZones: "" };

  it("is there with the settings above", () => {
    expect(network({})).toEqual([]);
    expect(network({ ...existing, awsPrivateSubnets: "subnet-01234567,subnet-01234568" })).toEqual([]);
  });

  it.each([
    [{ awsRegion: "" }, ["awsRegion"]],
    [{ awsZones: "eu-central-1a" }, ["awsZones"]],
    [{ awsZones: "eu-west-1a,eu-west-1b" }, ["awsZones"]],
    [{ awsPrivateSubnets: "subnet-01234567" }, ["awsPrivateSubnets"]],
    [{ awsVpcCidr: "10.96.0.0/16" }, ["awsVpcCidr"]],
    [existing, ["awsPrivateSubnets"]],
  ])("and %j lacks it", (change, keys) => expect(network(change)).toEqual(keys));

  it("is said at once", () => {
    expect(network({ awsRegion: "", awsZones: "a", awsPublicSubnets: "subnet-01234567" })).toEqual([
      "awsRegion",
      "awsPublicSubnets",
      "awsZones",
      "awsZones",
    ]);
  });
});

describe("what machines on AWS need", () => {
  it("is there with the settings above", () => expect(machines({})).toEqual([]));

  it.each([
    [{ awsImage: "" }, ["awsImage"]],
    [{ awsArchitecture: "arm64" }, ["awsControlPlaneType", "awsInstanceType"]],
    [{ awsInstanceType: "m7g.large" }, ["awsInstanceType"]],
    [{ awsSshCidrs: "", awsApiCidrs: "" }, ["awsSshCidrs", "awsApiCidrs"]],
    [{ awsVpc: "vpc-01234567", awsBastion: "true", awsApiPublic: "true" }, ["awsBastion", "awsApiPublic"]],
  ])("and %j lacks it", (change, keys) => expect(machines(change)).toEqual(keys));
});
