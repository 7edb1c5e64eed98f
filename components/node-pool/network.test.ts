import * as fc from "fast-check";
import {
  chooseNetwork,
  contains,
  formatAddress,
  machineAddress,
  machineCapacity,
  overlaps,
  parseAddress,
  parseCidr,
  planNetwork,
} from "./network";

describe("parseCidr", () => {
  it.each([
    "10.0.0.0",
    "10.0.0.0/33",
    "10.0.0.256/24",
    "10.0.0.0/8/8",
    "",
    "fd00::/8",
    "10.0.0.0/ 8",
  ])("refuses %p and shows the form", (text) =>
    expect(() => parseCidr(text)).toThrow(`network "${text}": not an IPv4 network in CIDR form`));

  it("names the network that an address with host bits lies in", () => {
    expect(() => parseCidr("10.213.7.9/24")).toThrow("write 10.213.7.0/24");
  });

  it("reads back every address it writes", () => {
    fc.assert(fc.property(fc.nat(2 ** 32 - 1), (address) => parseAddress(formatAddress(address)) === address));
  });
});

describe("overlaps", () => {
  it.each([
    ["10.213.0.0/16", "10.213.7.0/24", true],
    ["10.213.6.0/24", "10.213.7.0/24", false],
    ["0.0.0.0/0", "255.255.255.255/32", true],
    ["10.213.7.128/25", "10.213.7.0/25", false],
  ])("%s and %s: %p", (a, b, expected) => {
    expect(overlaps(parseCidr(a), parseCidr(b))).toBe(expected);
    expect(overlaps(parseCidr(b), parseCidr(a))).toBe(expected);
  });
});

describe("chooseNetwork", () => {
  it("gives one seed the same network each time, within the range", () => {
    fc.assert(
      fc.property(fc.string(), (seed) => {
        const plan = chooseNetwork(seed, []);
        expect(chooseNetwork(seed, [])).toEqual(plan);
        expect(overlaps(parseCidr(plan.network), parseCidr("10.213.0.0/16"))).toBe(true);
        expect(plan.prefixLength).toBe(24);
      }),
    );
  });

  it("moves on from a network in use, and stays when another is", () => {
    const first = chooseNetwork("dev", []);
    const second = chooseNetwork("dev", [first.network]);
    expect(second.network).not.toBe(first.network);
    expect(chooseNetwork("dev", [second.network])).toEqual(first);
  });

  it("finds the last free network of a range and says when there is none", () => {
    const taken = Array.from({ length: 4 }, (_, index) => `10.9.${index}.0/24`);
    expect(chooseNetwork("dev", taken.slice(1), "10.9.0.0/22").network).toBe("10.9.0.0/24");
    expect(() => chooseNetwork("dev", taken, "10.9.0.0/22")).toThrow("all 4 networks of size /24 are in use");
  });

  it("refuses a range smaller than one network", () => {
    expect(() => chooseNetwork("dev", [], "10.9.0.0/25")).toThrow("a stack needs a /24");
  });
});

describe("machineAddress", () => {
  const plan = planNetwork("10.213.7.0/24");

  it("starts at .10, beside the gateway .1, and ends before the broadcast address", () => {
    expect(plan.gateway).toBe("10.213.7.1");
    expect(machineAddress(plan, 0)).toBe("10.213.7.10");
    expect(machineAddress(plan, 244)).toBe("10.213.7.254");
  });

  it.each([-1, 245, 1.5, Number.NaN])("refuses number %p and says how many fit", (index) => {
    expect(() => machineAddress(plan, index)).toThrow("has addresses for machines 0 to 244");
  });

  it("gives every machine of any network an address of its own in it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 16, max: 28 }), fc.nat(2 ** 32 - 1), (prefixLength, seed) => {
        const base = seed - (seed % 2 ** (32 - prefixLength));
        const network = planNetwork(`${formatAddress(base)}/${prefixLength}`);
        const count = Math.min(50, machineCapacity(parseCidr(network.network)));
        const addresses = Array.from({ length: count }, (_, index) => machineAddress(network, index));
        expect(new Set([...addresses, network.gateway]).size).toBe(count + 1);
        for (const address of addresses)
          expect(contains(parseCidr(network.network), parseAddress(address) ?? -1)).toBe(true);
      }),
    );
  });

  it("refuses a network without room for one machine", () => {
    expect(() => planNetwork("10.213.7.0/29")).toThrow("no room for a machine");
  });
});
