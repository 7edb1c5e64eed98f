import { createHash } from "node:crypto";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { tar } from "../../components/archive";
import { run } from "../process";
import type { MachineCommand } from "../ssh/declared";
import type { Properties } from "../toolchain/plugins/kubernetes/values";
import { backupName, backupsOf, prune } from "./folder";
import { type BackupManifest, MACHINE_FILES, MANIFEST, minorOf, SNAPSHOT } from "./manifest";
import { authorityOf, isRenewable } from "./new-authority";
import { restoreArguments, restoreObstacle } from "./restore";
import { snapshotBytes } from "./snapshot-stream";
import { bytesAt, GrowingTar, tarPlaces } from "./tar-file";
import { verifyBackup } from "./verify";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ofwasm-backup-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A database with the digest that etcd puts behind it. */
const snapshotOf = (database: string): Buffer =>
  Buffer.concat([Buffer.from(database), createHash("sha256").update(database).digest()]);

const machineFiles = (path: string): Buffer =>
  gzipSync(tar([{ kind: "file", path, mode: 0o600, data: Buffer.from("CA\n") }]));

const MACHINE = machineFiles("etc/kubernetes/pki/ca.crt");

function backupFile(name: string, snapshot: Buffer, machine = MACHINE): string {
  const file = join(folder, name);
  const tar = new GrowingTar(file);
  const files: Record<string, { size: number; sha256: string }> = {};
  for (const [path, data] of [
    [MACHINE_FILES, machine],
    [SNAPSHOT, snapshot],
  ] as const) {
    tar.begin(path);
    tar.write(data);
    files[path] = tar.end();
  }
  const manifest = { format: 1, stack: "prod", clusterId: "c1", kubernetesVersion: "v1.34.4", etcdVersion: "3.6.13" };
  tar.begin(MANIFEST);
  tar.write(Buffer.from(JSON.stringify({ ...manifest, takenAt: "2026-01-02T03:04:05.000Z", files })));
  tar.end();
  tar.finish();
  return file;
}

describe("a tar file that grows", () => {
  test("has every entry with its bytes, for tar as for this program, and only its owner reads it", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.uint8Array({ maxLength: 1500 }), { maxLength: 3 }), { minLength: 1, maxLength: 4 }),
        async (entries) => {
          const file = join(folder, "grown.tar");
          rmSync(file, { force: true });
          const tar = new GrowingTar(file);
          const written = entries.map((chunks, index) => {
            tar.begin(`entry-${index}`);
            for (const chunk of chunks) tar.write(chunk);
            tar.end();
            return Buffer.concat(chunks);
          });
          tar.finish();
          const places = tarPlaces(file);
          for (const [index, expected] of written.entries()) {
            const parts: Buffer[] = [];
            for await (const part of bytesAt(file, places.get(`entry-${index}`)!)) parts.push(part);
            expect(Buffer.concat(parts)).toEqual(expected);
          }
          const { stdout } = await run("tar", ["-tf", file]);
          expect(stdout.trim().split("\n")).toEqual(written.map((_, index) => `entry-${index}`));
        },
      ),
      { numRuns: 25 },
    );
    expect(statSync(join(folder, "grown.tar")).mode & 0o777).toBe(0o600);
  });

  test("never takes another file's place", () => {
    writeFileSync(join(folder, "there"), "mine");
    expect(() => new GrowingTar(join(folder, "there"))).toThrow(/EEXIST/);
  });
});

describe("verifying", () => {
  test("gives the manifest of a backup that is whole", async () => {
    const file = backupFile("a.tar", snapshotOf("database"));
    await expect(verifyBackup(file)).resolves.toMatchObject({ stack: "prod", etcdVersion: "3.6.13" });
  });

  test("finds a byte that changed anywhere in what the manifest covers", async () => {
    const file = backupFile("a.tar", snapshotOf("database"));
    const whole = readFileSync(file);
    for (const [path, reason] of [
      [MACHINE_FILES, "machine.tar.gz is not what was written"],
      [SNAPSHOT, "etcd.db is not what was written"],
    ] as const) {
      const changed = Buffer.from(whole);
      changed[tarPlaces(file).get(path)!.start]! ^= 1;
      writeFileSync(file, changed);
      await expect(verifyBackup(file)).rejects.toThrow(reason);
      writeFileSync(file, whole);
    }
  });

  test("believes etcd's own checksum over the manifest", async () => {
    const file = backupFile("a.tar", Buffer.concat([Buffer.from("database"), Buffer.alloc(32)]));
    await expect(verifyBackup(file)).rejects.toThrow(/etcd.db does not end in the SHA-256 that etcd sends last/);
    await expect(verifyBackup(backupFile("b.tar", Buffer.alloc(0)))).rejects.toThrow(/etcd.db is empty/);
  });

  test.each([
    ["nothing", Buffer.alloc(0)],
    ["other files alone", machineFiles("etc/kubernetes/pki/etcd/ca.crt")],
    ["half of its files", MACHINE.subarray(0, MACHINE.length / 2)],
  ])("refuses one for which the machine sent %s, although every checksum is right", async (_, machine) => {
    const file = backupFile("a.tar", snapshotOf("database"), machine);
    await expect(verifyBackup(file)).rejects.toThrow(/machine.tar.gz has no etc\/kubernetes\/pki\/ca.crt/);
  });

  test("refuses a file that was cut off anywhere, and what is no backup", async () => {
    const file = backupFile("a.tar", snapshotOf("x".repeat(3000)));
    const manifest = tarPlaces(file).get(MANIFEST)!;
    for (let size = manifest.start + manifest.size - 1; size >= 0; size -= 511) {
      truncateSync(file, size);
      await expect(verifyBackup(file)).rejects.toThrow(/a\.tar cannot be used/);
    }
    writeFileSync(file, "hello");
    await expect(verifyBackup(file)).rejects.toThrow(/it is no tar file, or is cut off/);
  });
});

describe("the certificate authority", () => {
  test("of a backup is in the machine's files", async () => {
    await expect(authorityOf(backupFile("a.tar", snapshotOf("database")))).resolves.toBe("CA");
  });

  test.each<[string, Properties, boolean]>([
    ["a pod that runs", { status: { phase: "Running" } }, true],
    ["a pod that begins", { status: { phase: "Pending" } }, true],
    ["a Job's, which has ended", { status: { phase: "Succeeded" } }, false],
    ["kubelet's own", { metadata: { annotations: { "kubernetes.io/config.mirror": "abc" } } }, false],
  ])("matters to %s: %j %p", (_, pod, expected) => expect(isRenewable(pod)).toBe(expected));
});

test("etcd's messages are its bytes, and its errors are said", () => {
  const blob = Buffer.from([0, 1, 255]);
  expect(snapshotBytes(JSON.stringify({ result: { remaining_bytes: "9", blob: blob.toString("base64") } }))).toEqual(
    blob,
  );
  expect(snapshotBytes('{"result":{"remaining_bytes":"0"}}')).toHaveLength(0);
  expect(() => snapshotBytes('{"error":{"code":14,"message":"etcdserver: no space"}}')).toThrow(
    "etcd gives no snapshot: etcdserver: no space",
  );
});

describe("a folder of backups", () => {
  const at = (seconds: number): Date => new Date(Date.UTC(2026, 0, 2, 3, 4, seconds));

  test("lists those of one stack, the newest first", () => {
    for (const name of [backupName("prod", at(1)), backupName("prod", at(2)), backupName("prod-b", at(3)), "prod.tar"])
      writeFileSync(join(folder, name), "");
    expect(backupsOf("prod", folder)).toEqual(["prod-20260102T030402Z.tar", "prod-20260102T030401Z.tar"]);
    expect(backupsOf("prod", join(folder, "absent"))).toEqual([]);
  });

  test("keeps the newest and what others still write, and nobody else's is touched", () => {
    const names = [1, 2, 3].map((seconds) => backupName("prod", at(seconds)));
    const other = backupName("prod-b", at(1));
    const mine = `.${names[0]}.${process.pid}.partial`;
    // No process has a number as large as that.
    const dead = `.${names[0]}.99999999.partial`;
    const deadOther = `.${other}.99999999.partial`;
    for (const name of [...names, other, mine, dead, deadOther]) writeFileSync(join(folder, name), "");
    expect(prune("prod", folder, undefined)).toEqual([dead]);
    expect(prune("prod", folder, 2)).toEqual([names[0]]);
    expect(readdirSync(folder).sort()).toEqual([deadOther, mine, names[1], names[2], other].sort());
    expect(existsSync(join(folder, other))).toBe(true);
  });
});

describe("restoring", () => {
  const manifest = { stack: "prod", clusterId: "c1", kubernetesVersion: "v1.34.4" } as BackupManifest;
  const command = (inputs: Record<string, string>) => ({ run: { inputs } }) as unknown as MachineCommand;

  test.each([
    ["the same cluster", { cluster_id: "c1", kubernetes_version: "v1.34.11" }, false, undefined],
    [
      "another cluster",
      { cluster_id: "c2", kubernetes_version: "v1.34.4" },
      false,
      /it is of another cluster \(stack prod, c1\)/,
    ],
    ["a cluster made anew", { cluster_id: "c2", kubernetes_version: "v1.34.4" }, true, undefined],
    [
      "another minor release",
      { cluster_id: "c1", kubernetes_version: "v1.35.0" },
      true,
      /taken of Kubernetes v1.34.4 and the cluster runs v1.35.0/,
    ],
  ])("%s", (_, inputs, intoNewCluster, expected) => {
    const obstacle = restoreObstacle(manifest, command(inputs), intoNewCluster);
    if (expected === undefined) expect(obstacle).toBeUndefined();
    else expect(obstacle).toMatch(expected);
  });

  test("makes the data of the member that kubeadm made, with revisions that no client has seen", () => {
    expect(restoreArguments("/s", "/d", "prod-0", "10.0.0.1").join(" ")).toBe(
      "snapshot restore /s --data-dir /d --name prod-0 --initial-cluster prod-0=https://10.0.0.1:2380 " +
        "--initial-advertise-peer-urls https://10.0.0.1:2380 --bump-revision 1000000000 --mark-compacted",
    );
  });

  test("minor releases are told apart", () => {
    expect([minorOf("v1.34.4"), minorOf("1.34.11"), minorOf("1.3.4")]).toEqual(["1.34", "1.34", "1.3"]);
  });
});
