import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { PushImageRequest } from "../../../components/pushed-image";
import { ensureSkopeo } from "../../../infra/mirror/skopeo";
import {
  encodeImage,
  imageIndex,
  readStoredImage,
  type StoredImage,
  writeStoredImage,
} from "../../../infra/toolchain/oci";
import { silentProgress } from "../../../infra/toolchain/progress";
import { LoopbackRegistry, registryProgram } from "./registry";

const COMMAND = resolve(__dirname, "../../../infra/bin/ofwasm-push-image");
const obstacle = process.getuid?.() === 0 && existsSync("/usr/bin/apt-get") ? "" : "(needs root and apt)";
const DEADLINE_MS = 180_000;

(obstacle === "" ? describe : describe.skip)(`an image of this host, pushed ${obstacle}`, () => {
  let folder: string;
  let registry: LoopbackRegistry;
  let image: StoredImage;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "ofwasm-push-image-"));
    await ensureSkopeo(silentProgress);
    registry = new LoopbackRegistry(await registryProgram(join(folder, "program")), join(folder, "registry"));
    await registry.start();
    const place = join(folder, "home", ".config", "containers");
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, "registries.conf"), `[[registry]]\nlocation = "${registry.host}"\ninsecure = true\n`);
    const layers = [[{ path: "/payload/payload.tar.gz", data: "payload" }]];
    const stored = imageIndex("ofwasm.local/node-runtime", [
      await encodeImage({ names: ["ofwasm.local/node-runtime:1"], layers }),
    ]);
    writeStoredImage(folder, stored);
    image = readStoredImage(folder);
  }, DEADLINE_MS);

  afterAll(async () => {
    await registry?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  function push(change: Partial<PushImageRequest> = {}) {
    const tag = image.reference.split(":").at(-1)!;
    const request = { archive: image.archive, tag, repository: `${registry.host}/team/node-runtime`, ...change };
    const env = { ...process.env, HOME: join(folder, "home"), TMPDIR: folder };
    return spawnSync(COMMAND, [], { input: JSON.stringify(request), env, encoding: "utf8" });
  }

  test(
    "can be pulled by the digest that pods are told",
    async () => {
      const { status, stderr } = push({ login: { username: "robot", password: "hunter2" } });
      expect([status, stderr]).toEqual([0, expect.not.stringContaining("hunter2")]);
      expect(await registry.digest("team/node-runtime", image.digest)).toBe(image.digest);
      // The file with the login is gone.
      expect(readdirSync(folder).filter((name) => name.startsWith("ofwasm-push-"))).toEqual([]);
    },
    DEADLINE_MS,
  );

  test(
    "names what could not be pushed, and where",
    () => {
      const { status, stderr } = push({ repository: "127.0.0.1:1/team/node-runtime" });
      expect(status).toBe(1);
      expect(stderr).toMatch(/127\.0\.0\.1:1\/team\/node-runtime:\w+ cannot be pushed: .*connection refused/);
    },
    DEADLINE_MS,
  );
});
