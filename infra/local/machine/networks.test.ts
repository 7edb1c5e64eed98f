import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatCidr } from "../../../components/node-pool/network";
import { meetsFirewall } from "./bridge";
import { bridgeName, hostName, stackDir } from "./layout";
import { claimNetwork, parseRoutes, stackNetwork } from "./networks";
import { withFolder } from "./state";

let state: string;
const before = process.env.OFWASM_STATE;

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "ofwasm-networks-"));
  process.env.OFWASM_STATE = state;
});

afterEach(() => {
  if (before === undefined) delete process.env.OFWASM_STATE;
  else process.env.OFWASM_STATE = before;
  rmSync(state, { recursive: true });
});

const claim = (stack: string, network: string): Promise<void> =>
  withFolder(stackDir(stack), () => claimNetwork(stack, network));

describe("parseRoutes", () => {
  it("reads networks with their devices and leaves the default route out", () => {
    const text = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
tun0\t0000640A\t00000000\t0001\t0\t0\t0\t0000FCFF\t0\t0\t0
`;
    expect(parseRoutes(text).map(({ device, network }) => `${device} ${formatCidr(network)}`)).toEqual([
      "eth0 192.0.2.0/24",
      "tun0 10.100.0.0/14",
    ]);
  });
});

describe("stackNetwork", () => {
  it("is the same each time it is asked, without recording anything", () => {
    const plan = stackNetwork("dev");
    expect(stackNetwork("dev")).toEqual(plan);
  });

  it("stays what it was once a machine is made, whatever the range then says", async () => {
    await claim("dev", "10.77.3.0/24");
    expect(stackNetwork("dev").network).toBe("10.77.3.0/24");
    expect(stackNetwork("dev", [], "10.88.0.0/16").network).toBe("10.77.3.0/24");
  });

  it("keeps off other stacks' networks and those to avoid", async () => {
    await claim("other", "10.77.0.0/24");
    expect(stackNetwork("dev", [], "10.77.0.0/23").network).toBe("10.77.1.0/24");
    expect(() => stackNetwork("dev", ["10.77.1.0/24"], "10.77.0.0/23")).toThrow("all 2 networks");
  });
});

describe("claimNetwork", () => {
  it("may be repeated", async () => {
    await claim("dev", "10.77.3.0/24");
    await claim("dev", "10.77.3.0/24");
  });

  it("refuses a second network of the same stack, and another stack's", async () => {
    await claim("dev", "10.77.3.0/24");
    await expect(claim("dev", "10.77.4.0/24")).rejects.toThrow("stack dev has machines in 10.77.3.0/24");
    await expect(claim("other", "10.77.0.0/16")).rejects.toThrow("stack dev took 10.77.3.0/24 meanwhile");
  });
});

describe("names towards the host", () => {
  it("fit into a link's 15 characters, with nspawn's prefix for the machine's", () => {
    expect(bridgeName("a".repeat(100)).length).toBeLessThanOrEqual(15);
    expect(`vb-${hostName({ stack: "a".repeat(100), name: "b".repeat(63) })}`.length).toBeLessThanOrEqual(15);
  });

  it("differ between stacks, machines and state folders", () => {
    const names = [
      hostName({ stack: "dev", name: "node-0" }),
      hostName({ stack: "dev", name: "node-1" }),
      hostName({ stack: "dev2", name: "node-0" }),
    ];
    process.env.OFWASM_STATE = `${state}-other`;
    names.push(hostName({ stack: "dev", name: "node-0" }));
    process.env.OFWASM_STATE = state;
    expect(new Set(names).size).toBe(4);
  });
});

describe("meetsFirewall", () => {
  it.each([
    ["0\n", "-P FORWARD DROP\n", false],
    ["1\n", "-P FORWARD ACCEPT\n", false],
    ["1\n", "-P FORWARD DROP\n", true],
    ["1\n", "-P FORWARD ACCEPT\n-A FORWARD -j DOCKER-USER\n", true],
  ])("bridge-nf-call-iptables %j with %j: %p", (calls, chain, expected) =>
    expect(meetsFirewall(calls, chain)).toBe(expected));
});
