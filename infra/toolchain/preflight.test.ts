import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fullDisk, type HostFacts, PreflightError, preflight, preflightProblems } from "./preflight";
import { silentProgress } from "./progress";

const host: HostFacts = {
  platform: "linux",
  root: true,
  apt: true,
  cache: { folder: "/cache", bytes: 50e9 },
  state: { folder: "/state", bytes: 50e9 },
  missing: [],
};
const programs = { "systemd-nspawn": "systemd-container", nft: "nftables", iptables: "iptables" };

test("a host that has everything is ready", () => {
  expect(preflightProblems({ root: "machines", cacheBytes: 12e9, stateBytes: 1e9, programs }, host)).toEqual([]);
});

test("every problem is told at once, with numbers and what to do", () => {
  const facts: HostFacts = {
    ...host,
    root: false,
    cache: { folder: "/cache", bytes: 3.21e9 },
    state: { folder: "/state", bytes: 0 },
    missing: ["systemd-nspawn", "nft"],
  };
  expect(
    preflightProblems({ root: "machines on this host", cacheBytes: 12e9, stateBytes: 1e9, programs }, facts),
  ).toEqual([
    "machines on this host need root: run this again with sudo",
    "/cache has 3.2 GB free, 12.0 GB are needed: free some, or set OFWASM_CACHE",
    "/state has 0.0 GB free, 1.0 GB are needed: free some, or set OFWASM_STATE",
    "missing programs: systemd-nspawn, nft; install them: sudo apt-get install nftables systemd-container",
  ]);
});

test("after a failed run a full disk is named, one with some room is not", () => {
  expect(fullDisk({ folder: "/state", bytes: 95e6 }, "OFWASM_STATE")).toEqual([
    "the disk is nearly full, which may be why: /state has 95 MB free; free some, or set OFWASM_STATE, then run this again",
  ]);
  expect(fullDisk({ folder: "/state", bytes: 200e6 }, "OFWASM_STATE")).toEqual([]);
});

test("missing programs are no problem for root where apt is: they get installed", () => {
  expect(preflightProblems({ programs }, { ...host, missing: ["nft"] })).toEqual([]);
});

test("without apt the packages are named all the same", () => {
  expect(preflightProblems({ programs }, { ...host, apt: false, missing: ["nft"] })).toEqual([
    "missing programs: nft; install what Debian calls nftables",
  ]);
});

test("root does not help where there is no Linux", () => {
  expect(preflightProblems({ root: "machines" }, { ...host, platform: "darwin" })).toEqual([
    "machines need Linux, this is darwin",
  ]);
});

test("on the real host: what is there is seen, what cannot be is told before any work", async () => {
  const folder = mkdtempSync(join(tmpdir(), "ofwasm-preflight-"));
  const before = { cache: process.env.OFWASM_CACHE, state: process.env.OFWASM_STATE };
  process.env.OFWASM_CACHE = join(folder, "cache");
  process.env.OFWASM_STATE = join(folder, "state");
  try {
    await preflight({ cacheBytes: 1, stateBytes: 1, programs: { sh: "dash" } }, silentProgress);
    const failure = await preflight({ cacheBytes: 1e18 }, silentProgress).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(PreflightError);
    expect(String(failure)).toMatch(/cache has \d+\.\d GB free, 1000000000\.0 GB are needed/);
  } finally {
    for (const [key, value] of [
      ["OFWASM_CACHE", before.cache],
      ["OFWASM_STATE", before.state],
    ] as const) {
      if (value === undefined) delete process.env[key];
      else process.env[key] = value;
    }
    rmSync(folder, { recursive: true });
  }
});
