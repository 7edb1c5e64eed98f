import type { Offered } from "./host-keys";
import type { KnownHost } from "./known-host";
import { review } from "./review";

const offered = (address: string): Offered => ({
  target: { address, port: 22, user: "root" },
  hostKey: "ssh-ed25519 AAAA",
  blob: Buffer.from("key"),
});

const known = (address: string, more: Partial<KnownHost> = {}): KnownHost => ({
  address,
  hostKey: "ssh-ed25519 AAAA",
  ...more,
});

/** What new hosts are called and numbered, `-` for their place in the list. */
const added = (before: KnownHost[], addresses: string[]): string[] =>
  review(addresses.map(offered), before).map(({ host }) => `${host.name} ${host.number ?? "-"}`);

describe("a host that is new", () => {
  test.each<[string, KnownHost[], string[], string[]]>([
    ["has its place in the list", [known("a")], ["b", "c"], ["node-1 -", "node-2 -"]],
    [
      "gets another number where a host that moved up has that of its place",
      [known("a"), known("c", { name: "node-2", number: 2 })],
      ["d", "e"],
      ["node-1 1", "node-3 -"],
    ],
  ])("%s", (_, before, addresses, expected) => expect(added(before, addresses)).toEqual(expected));
});
