import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { remote, type types } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { startProxy } from "./tcp-proxy";
import { describeWithMachine, withCommands } from "./with-machine";

jest.setTimeout(120_000);

describeWithMachine("remote.CopyToRemote on a real sshd", (machine, connection) => {
  let counter = 0;

  /** A new folder that the machine sees under the same path. */
  const folder = (): string => {
    const path = join(machine().folder, `copy-${counter++}`);
    mkdirSync(path);
    return path;
  };
  const copy =
    (
      source: pulumi.asset.Asset | pulumi.asset.Archive,
      remotePath: string,
      more: Partial<types.input.remote.ConnectionArgs> = {},
    ) =>
    async () => {
      new remote.CopyToRemote("f", { connection: connection(more), source, remotePath });
    };

  test("a file arrives with its mode, a new content replaces it, the same content writes nothing", async () => {
    const [local, there] = [folder(), folder()];
    const [from, to] = [join(local, "tool.sh"), join(there, "deep/er/tool.sh")];
    writeFileSync(from, "#!/bin/sh\necho one\n");
    chmodSync(from, 0o755);
    await withCommands(async (engine) => {
      await engine.preview(copy(new pulumi.asset.FileAsset(from), to));
      expect(existsSync(to)).toBe(false);
      await engine.up();
      expect(readFileSync(to, "utf8")).toBe("#!/bin/sh\necho one\n");
      expect(statSync(to).mode & 0o777).toBe(0o755);

      // Another resource, the same content: the file on the machine stays the one it is.
      const before = statSync(to);
      const twice = async () => {
        await copy(new pulumi.asset.FileAsset(from), to)();
        new remote.CopyToRemote("again", {
          connection: connection(),
          source: new pulumi.asset.FileAsset(from),
          remotePath: to,
        });
      };
      expect((await engine.up(twice)).summary.resourceChanges).toMatchObject({ create: 1, same: 2 });
      expect(statSync(to)).toMatchObject({ ino: before.ino, mtimeMs: before.mtimeMs, ctimeMs: before.ctimeMs });

      writeFileSync(from, "#!/bin/sh\necho two\n");
      expect((await engine.up(copy(new pulumi.asset.FileAsset(from), to))).summary.resourceChanges).toMatchObject({
        update: 1,
      });
      expect(readFileSync(to, "utf8")).toBe("#!/bin/sh\necho two\n");
      expect(readdirSync(join(there, "deep/er"))).toEqual(["tool.sh"]);
      await engine.destroy();
      expect(existsSync(to)).toBe(true);
    });
  });

  test("a text keeps the mode of the file it replaces", async () => {
    const to = join(folder(), "config");
    writeFileSync(to, "old", { mode: 0o600 });
    await withCommands(async (engine) => {
      await engine.up(copy(new pulumi.asset.StringAsset("new\n"), to));
      expect(readFileSync(to, "utf8")).toBe("new\n");
      expect(statSync(to).mode & 0o777).toBe(0o600);
    });
  });

  test("folders and sets of assets", async () => {
    const [local, there] = [folder(), folder()];
    mkdirSync(join(local, "sub/empty"), { recursive: true });
    writeFileSync(join(local, "a file"), "a");
    writeFileSync(join(local, "sub/b"), "b");
    const program = async () => {
      await copy(new pulumi.asset.FileArchive(local), there)();
      new remote.CopyToRemote("flat", {
        connection: connection(),
        source: new pulumi.asset.FileArchive(`${local}/`),
        remotePath: join(there, "flat"),
      });
      new remote.CopyToRemote("set", {
        connection: connection(),
        source: new pulumi.asset.AssetArchive({
          "one/text": new pulumi.asset.StringAsset("text"),
          tree: new pulumi.asset.FileArchive(`${local}/`),
        }),
        remotePath: join(there, "set"),
      });
    };
    await withCommands(async (engine) => {
      await engine.up(program);
      for (const root of [join(there, local.split("/").at(-1) ?? ""), join(there, "flat"), join(there, "set/tree")]) {
        expect(readFileSync(join(root, "a file"), "utf8")).toBe("a");
        expect(readFileSync(join(root, "sub/b"), "utf8")).toBe("b");
        expect(statSync(join(root, "sub/empty")).isDirectory()).toBe(true);
        expect(readdirSync(root).sort()).toEqual(["a file", "sub"]);
      }
      expect(readFileSync(join(there, "set/one/text"), "utf8")).toBe("text");
    });
  });

  test("a copy that is cut off leaves the old file and nothing else", async () => {
    const proxy = await startProxy(machine().port);
    const [local, there] = [folder(), folder()];
    const [from, to] = [join(local, "big"), join(there, "big")];
    writeFileSync(from, randomBytes(8_000_000));
    writeFileSync(to, "the old one");
    proxy.cutAfter(2_000_000);
    try {
      await withCommands(async (engine) => {
        const error = await engine
          .up(copy(new pulumi.asset.FileAsset(from), to, { port: proxy.port }))
          .then(String, (failed: Error) => failed.message);
        expect(error).toMatch(`copy of ${from} to ${to} on root@127.0.0.1:${proxy.port}: the connection was lost`);
        expect(readFileSync(to, "utf8")).toBe("the old one");
        for (let tries = 0; readdirSync(there).length > 1 && tries < 40; tries++) await sleep(50);
        expect(readdirSync(there)).toEqual(["big"]);
        await engine.up(copy(new pulumi.asset.FileAsset(from), to));
        expect(readFileSync(to).equals(readFileSync(from))).toBe(true);
      });
    } finally {
      await proxy.stop();
    }
  });

  test("a place that cannot be written is named, with the machine's reason", async () => {
    await withCommands(async (engine) => {
      const error = await engine
        .up(copy(new pulumi.asset.StringAsset("x"), "/etc/ofwasm/x", { user: "worker" }))
        .then(String, (failed: Error) => failed.message);
      expect(error).toMatch(/copy of 1 bytes of text to \/etc\/ofwasm\/x on worker@.*exit code 1/);
      expect(error).toMatch("Permission denied");
    });
  });
});
