import * as fc from "fast-check";
import { contains, formatCidr, overlaps, parseCidr } from "../node-pool/network";
import { planSubnets, vpcCidrProblem } from "./subnets";
import { ZONE_LETTERS, zoneProblems } from "./zones";

const zones = fc
  .subarray([...ZONE_LETTERS], { minLength: 1 })
  .map((letters) => letters.map((letter) => `eu-central-1${letter}`));

const cidrs = fc.tuple(fc.integer({ min: 16, max: 22 }), fc.nat(2 ** 32 - 1)).map(([prefixLength, seed]) => {
  const base = seed - (seed % 2 ** (32 - prefixLength));
  return formatCidr({ base, prefixLength });
});

describe("planSubnets", () => {
  it("gives a /16 room for 4091 machines a zone, and a quarter of that in public", () => {
    expect(planSubnets("10.0.0.0/16", ["eu-central-1a", "eu-central-1c"])).toEqual([
      { zone: "eu-central-1a", public: "10.0.128.0/22", private: "10.0.0.0/20" },
      { zone: "eu-central-1c", public: "10.0.136.0/22", private: "10.0.32.0/20" },
    ]);
  });

  it("lays all subnets of any network inside it, and none over another", () => {
    fc.assert(
      fc.property(cidrs, zones, (cidr, zones) => {
        const subnets = planSubnets(cidr, zones).flatMap((one) => [parseCidr(one.public), parseCidr(one.private)]);
        for (const [at, one] of subnets.entries()) {
          expect(contains(parseCidr(cidr), one.base)).toBe(true);
          expect(one.prefixLength).toBeLessThanOrEqual(28);
          for (const other of subnets.slice(at + 1)) expect(overlaps(one, other)).toBe(false);
        }
      }),
    );
  });

  it("moves no zone when others come or go", () => {
    fc.assert(
      fc.property(cidrs, zones, zones, (cidr, some, others) => {
        const before = new Map(planSubnets(cidr, some).map((one) => [one.zone, one]));
        for (const one of planSubnets(cidr, others)) {
          const known = before.get(one.zone);
          if (known) expect(one).toEqual(known);
        }
      }),
    );
  });

  it.each([
    ["10.0.0.0/15", "a VPC of this component is a /16 to a /22"],
    ["10.0.0.0/23", "a VPC of this component is a /16 to a /22"],
    ["10.0.0.1/16", "has host bits set; write 10.0.0.0/16"],
    ["ten", "not an IPv4 network in CIDR form"],
  ])("refuses %s", (cidr, reason) => {
    expect(vpcCidrProblem(cidr)).toContain(reason);
    expect(() => planSubnets(cidr, [])).toThrow(reason);
  });

  it("refuses a zone without a letter", () => {
    expect(() => planSubnets("10.0.0.0/16", ["eu-central-1"])).toThrow('zone "eu-central-1"');
  });
});

describe("zoneProblems", () => {
  it.each([[["eu-central-1a", "eu-central-1b"]], [["us-gov-west-1a", "us-gov-west-1c"]]])("takes %j", (zones) => {
    expect(zoneProblems(zones)).toEqual([]);
  });

  it("says everything that is wrong at once", () => {
    expect(zoneProblems(["us-east-1a", "us-east-1a", "us-west-2-lax-1a", "eu-west-1b"])).toEqual([
      '"us-west-2-lax-1a": not a zone of a region; write it like eu-central-1a',
      '"us-east-1a" is there twice',
      "of us-east-1 and eu-west-1: a network is in one region",
    ]);
    expect(zoneProblems([])).toEqual(["0 of them: give two or more, so that the loss of one is not all"]);
  });
});
