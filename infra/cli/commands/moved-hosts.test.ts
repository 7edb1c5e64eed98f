import type { Host } from "../../settings";
import { movedHosts } from "./moved-hosts";

const host = (name: string, number?: number): Host => ({
  name,
  address: "192.0.2.1",
  internalAddress: "192.0.2.1",
  port: 22,
  user: "root",
  hostKey: "ssh-ed25519 AAAA",
  ...(number === undefined ? {} : { number }),
});

/** Workers of a cluster whose control plane is a machine 0 without a node in the graph. */
const NODES = [1, 2, 3].map((number) => ({
  metadata: { name: `vm-${number}` },
  spec: { podCIDR: `10.244.${number}.0/24` },
}));
const moved = (...hosts: Host[]): string[] =>
  movedHosts({ hosts, podCidr: "10.244.0.0/16" }, NODES).map(({ value, allowed }) => `${value}: ${allowed}`);

test("machines that keep their place, or a further one, are let pass", () => {
  expect(moved(host("vm-0"), host("vm-1"), host("vm-2"), host("vm-3"), host("vm-4"))).toEqual([]);
  expect(moved(host("vm-0"), host("vm-1"))).toEqual([]);
});

test("one that leaves from the middle moves those behind it: each is named with the number that it has", () => {
  expect(moved(host("vm-0"), host("vm-2"), host("vm-3"))).toEqual([
    'vm-2 as machine number 1: "number": 2 for it, which settled the addresses of its pods',
    'vm-3 as machine number 2: "number": 3 for it, which settled the addresses of its pods',
  ]);
  expect(moved(host("vm-0"), host("vm-2", 2), host("vm-3", 3))).toEqual([]);
});

test("a node of another pod network is not judged: what that means is settled elsewhere", () => {
  expect(movedHosts({ hosts: [host("vm-0"), host("vm-3")], podCidr: "10.20.0.0/16" }, NODES)).toEqual([]);
});
