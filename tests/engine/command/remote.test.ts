import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { remote, type types } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { freePort, processesWith, type TestMachine } from "./machine";
import { startProxy } from "./tcp-proxy";
import { describeWithMachine, withCommands } from "./with-machine";

jest.setTimeout(120_000);

describeWithMachine("remote.Command on a real sshd", (machine, connection, another) => {
  let counter = 0;

  /** A file that the machine writes and the test reads. */
  const file = (name: string): string => join(machine().folder, `${counter++}-${name}`);
  const text = (path: string): string => (existsSync(path) ? readFileSync(path, "utf8") : "");
  const failure = (run: Promise<unknown>): Promise<string> =>
    run.then(
      () => Promise.reject(new Error("the run was to fail")),
      (error: Error) => error.message,
    );

  test("create, no-op, update, delete", async () => {
    const log = file("log");
    const program = (word: string) => async () => {
      const command = new remote.Command("c", {
        connection: connection(),
        create: `echo create ${word} >> ${log}; cat; echo "$WORD" >&2`,
        delete: `echo delete "$PULUMI_COMMAND_STDOUT" >> ${log}`,
        stdin: "from stdin\n",
        environment: { WORD: `it's ${word}` },
      });
      return { out: command.stdout, err: command.stderr };
    };
    await withCommands(async (engine) => {
      const preview = await engine.preview(program("one"));
      expect(preview.changeSummary).toMatchObject({ create: 2 });
      expect(text(log)).toBe("");

      const first = await engine.up(program("one"));
      expect(first.outputs.out).toEqual({ value: "from stdin", secret: true });
      expect(first.outputs.err?.value).toBe("it's one");

      const again = await engine.up();
      expect(again.summary.resourceChanges).toEqual({ same: 2 });
      expect(text(log)).toBe("create one\n");

      const second = await engine.up(program("two"));
      expect(second.summary.resourceChanges).toMatchObject({ update: 1 });
      expect(text(log)).toBe("create one\ncreate two\n");

      await engine.destroy();
      expect(text(log)).toBe("create one\ncreate two\ndelete from stdin\n");
    });
  });

  test("new triggers: the new create runs, then the old delete", async () => {
    const log = file("log");
    const program = (round: number) => async () => {
      new remote.Command("c", {
        connection: connection(),
        create: `echo create ${round} >> ${log}`,
        delete: `echo delete ${round} >> ${log}`,
        triggers: [round],
      });
    };
    await withCommands(async (engine) => {
      await engine.up(program(1));
      const { summary } = await engine.up(program(2));
      expect(summary.resourceChanges).toMatchObject({ replace: 1 });
      expect(text(log)).toBe("create 1\ncreate 2\ndelete 1\n");
    });
  });

  test("a changed command without its own update runs update when there is one", async () => {
    const log = file("log");
    const program = (word: string) => async () => {
      new remote.Command("c", {
        connection: connection(),
        create: `echo create >> ${log}; echo previous`,
        update: `echo update ${word} after "$PULUMI_COMMAND_STDOUT" >> ${log}`,
      });
    };
    await withCommands(async (engine) => {
      await engine.up(program("one"));
      await engine.up(program("two"));
      expect(text(log)).toBe("create\nupdate two after previous\n");
      await engine.destroy();
      expect(text(log)).toBe("create\nupdate two after previous\n");
    });
  });

  test("a failed create leaves nothing in the state and is tried again", async () => {
    const flag = file("flag");
    const program = async () => {
      const command = new remote.Command("c", {
        connection: connection(),
        create: `echo before; [ -e ${flag} ] || { echo "no flag yet" >&2; exit 3; }`,
      });
      return { out: command.stdout };
    };
    await withCommands(async (engine) => {
      const message = await failure(engine.up(program));
      expect(message).toMatch(
        `command on root@127.0.0.1:${machine().port}: exit code 3; the last of its standard error:`,
      );
      expect(message).toMatch("no flag yet");
      expect(JSON.stringify(await engine.export())).not.toMatch("command:remote:Command");
      writeFileSync(flag, "");
      expect((await engine.up()).outputs.out?.value).toBe("before");
    });
  });

  test("what a command prints is unknown in a preview, and what depends on it too", async () => {
    const log = file("log");
    const program = (word: string) => async () => {
      const first = new remote.Command("first", { connection: connection(), create: `echo ${word}` });
      new remote.Command("second", {
        connection: connection(),
        create: pulumi.interpolate`echo ${first.stdout} >> ${log}`,
      });
    };
    await withCommands(async (engine) => {
      const before = machine().logins();
      await engine.preview(program("one"));
      expect(machine().logins()).toBe(before);
      await engine.up();
      const preview = await engine.preview(program("two"));
      expect(preview.changeSummary).toMatchObject({ update: 2 });
      await engine.up();
      expect(text(log)).toBe("one\ntwo\n");
    });
  });

  test("an unreachable machine: tried as often as allowed, then said with the next step", async () => {
    const port = await freePort();
    const program = async () => {
      new remote.Command("c", { connection: connection({ port, dialErrorLimit: 3 }), create: "true" });
    };
    await withCommands(async (engine) => {
      const message = await failure(engine.up(program));
      expect(message).toMatch(`cannot reach root@127.0.0.1:${port}: 4 attempts in`);
      expect(message).toMatch("ECONNREFUSED");
      expect(message).toMatch("raise connection.dialErrorLimit");
    });
  });

  test("a machine that boots meanwhile is met", async () => {
    const port = await freePort();
    let late: TestMachine | undefined;
    try {
      const booting = sleep(6_000).then(async () => {
        late = await another({ port, identity: machine() });
      });
      const program = async () => {
        const command = new remote.Command("c", {
          connection: connection({ port, dialErrorLimit: 30 }),
          create: "echo up",
        });
        return { out: command.stdout };
      };
      await withCommands(async (engine) => {
        expect((await engine.up(program)).outputs.out?.value).toBe("up");
      });
      await booting;
    } finally {
      await late?.stop();
    }
  });

  test("a wrong host key: refused at once, both fingerprints named, nothing sent", async () => {
    const proxy = await startProxy(machine().port);
    const loginsBefore = machine().logins();
    const other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEnQWMLzrCB7vUn7q7VYb0l9ZmHqOcoGa0p7uBXmLJ4T";
    const program = async () => {
      new remote.Command("c", {
        connection: connection({ port: proxy.port, hostKey: other, dialErrorLimit: 5 }),
        create: "echo the-command-itself",
        stdin: pulumi.secret("the-secret-input"),
      });
    };
    try {
      await withCommands(async (engine) => {
        const message = await failure(engine.up(program));
        expect(message).toMatch(`host key mismatch at 127.0.0.1:${proxy.port}`);
        expect(message.match(/SHA256:[\w+/]{43}/g)?.length).toBeGreaterThanOrEqual(2);
        expect(proxy.connections()).toBe(1);
        // Only the version and the key exchange went out: no login, hence no session and no command.
        expect(proxy.sentBytes()).toBeLessThan(4_000);
        expect(machine().logins()).toBe(loginsBefore);
        for (const text of ["the-command-itself", "the-secret-input"]) {
          expect(proxy.sent().includes(text)).toBe(false);
        }
      });
    } finally {
      await proxy.stop();
    }
  });

  test("without a host key nothing runs, and the error says how to get it", async () => {
    const { hostKey: _, ...unpinned } = connection();
    const program = async () => {
      new remote.Command("c", { connection: unpinned, create: "true" });
    };
    await withCommands(async (engine) => {
      const message = await failure(engine.preview(program));
      expect(message).toMatch("connection.hostKey");
      expect(message).toMatch(`ssh-keyscan -t ed25519 -p ${machine().port} 127.0.0.1`);
    });
  });

  test.each(["root", "worker"])("Ctrl-C ends the command of %s and what it started", async (user) => {
    const started = file("started");
    const naps = `3141${counter++}.5`;
    const sudo = user === "root" ? "" : "sudo -n ";
    const program = async () => {
      new remote.Command("c", {
        connection: connection({ user }),
        create: `touch ${started}; ${sudo}sleep ${naps} & ${sudo}sleep ${naps}`,
      });
    };
    await withCommands(async (engine) => {
      const interrupt = new AbortController();
      const run = failure(engine.up(program, { signal: interrupt.signal }));
      while (!existsSync(started)) await sleep(50);
      while (processesWith(naps).length < 2) await sleep(50);
      const begun = Date.now();
      interrupt.abort();
      await run;
      expect(Date.now() - begun).toBeLessThan(15_000);
      expect(processesWith(naps)).toEqual([]);
    });
  });

  test("a link that goes silent is noticed within 30 s", async () => {
    const proxy = await startProxy(machine().port);
    const started = file("started");
    const program = async () => {
      new remote.Command("c", { connection: connection({ port: proxy.port }), create: `touch ${started}; sleep 300` });
    };
    try {
      await withCommands(async (engine) => {
        const run = failure(engine.up(program));
        while (!existsSync(started)) await sleep(50);
        proxy.freeze();
        const begun = Date.now();
        expect(await run).toMatch("the connection was lost before it ended");
        expect(Date.now() - begun).toBeLessThan(32_000);
      });
    } finally {
      await proxy.stop();
    }
  });

  test("fifty commands at once share one connection", async () => {
    const before = machine().logins();
    const program = async () => {
      const commands = Array.from(
        { length: 50 },
        (_, index) => new remote.Command(`c${index}`, { connection: connection(), create: `sleep 0.1; echo ${index}` }),
      );
      return { out: pulumi.all(commands.map((command) => command.stdout)).apply((all) => all.join(",")) };
    };
    await withCommands(async (engine) => {
      const { outputs } = await engine.up(program, { parallel: 50 });
      expect(outputs.out?.value).toBe(Array.from({ length: 50 }, (_, index) => index).join(","));
      expect(machine().logins() - before).toBe(1);
    });
  });

  test("a machine that allows fewer sessions is not asked for more", async () => {
    const strict = await another({ config: ["MaxSessions 2"] });
    const program = async () => {
      const commands = Array.from({ length: 6 }, (_, index) => {
        const to = { port: strict.port, hostKey: strict.hostKey, privateKey: strict.privateKey };
        return new remote.Command(`c${index}`, { connection: connection(to), create: `sleep 0.3; echo ${index}` });
      });
      return { out: pulumi.all(commands.map((command) => command.stdout)).apply((all) => all.join("")) };
    };
    try {
      await withCommands(async (engine) => {
        expect((await engine.up(program, { parallel: 6 })).outputs.out?.value).toBe("012345");
        expect(strict.log()).toMatch(/no more sessions/);
        expect(strict.logins()).toBe(1);
      });
    } finally {
      await strict.stop();
    }
  });

  test("a bastion is passed through, and its host key is checked too", async () => {
    const bastion = await another();
    const via = (hostKey: string): types.input.remote.ProxyConnectionArgs => ({
      host: "127.0.0.1",
      port: bastion.port,
      user: "worker",
      hostKey,
      privateKey: bastion.privateKey,
      dialErrorLimit: 1,
    });
    const program = (hostKey: string) => async () => {
      const command = new remote.Command("c", {
        connection: connection({ proxy: via(hostKey) }),
        create: "echo through",
      });
      return { out: command.stdout };
    };
    try {
      await withCommands(async (engine) => {
        const refused = await failure(engine.up(program(machine().hostKey)));
        expect(refused).toMatch(`bastion: host key mismatch at 127.0.0.1:${bastion.port}`);
        expect(bastion.logins()).toBe(0);
        expect((await engine.up(program(bastion.hostKey))).outputs.out?.value).toBe("through");
        expect(bastion.logins()).toBe(1);
      });
    } finally {
      await bastion.stop();
    }
  });

  test("a user without root works through sudo", async () => {
    const program = async () => {
      const command = new remote.Command("c", {
        connection: connection({ user: "worker" }),
        create: "id -un; sudo -n id -un",
      });
      return { out: command.stdout };
    };
    await withCommands(async (engine) => {
      expect((await engine.up(program)).outputs.out?.value).toBe("worker\nroot");
    });
  });

  test("secrets are not in errors, logs, command lines or the plain state", async () => {
    const [input, variable] = ["hunter2-from-stdin", "hunter2-from-environment"];
    const seen = file("cmdline");
    const program = (ending: string) => async () => {
      new remote.Command("c", {
        connection: connection(),
        create: `tr '\\0' '\\n' < /proc/$$/cmdline > ${seen}; cat >&2; echo "$TOKEN" >&2; echo "$TOKEN"; ${ending}`,
        stdin: pulumi.secret(`token=${input}\n`),
        environment: { TOKEN: pulumi.secret(variable) },
      });
    };
    await withCommands(async (engine) => {
      let shown = "";
      const onOutput = (part: string): void => {
        shown += part;
      };
      const message = await failure(engine.up(program("exit 4"), { onOutput }));
      expect(message).toMatch("[secret]");
      await engine.up(program("true"), { onOutput });
      const everything = `${shown}${message}${engine.stateOnDisk()}${text(seen)}`;
      expect(text(seen)).toMatch("/proc/");
      for (const secret of [input, variable, machine().privateKey.split("\n")[2] ?? "", "PRIVATE KEY"]) {
        expect(everything).not.toContain(secret);
      }
    });
  });

  test("customTimeouts end a command that takes longer", async () => {
    const naps = `2718${counter++}.5`;
    const program = async () => {
      new remote.Command(
        "c",
        { connection: connection(), create: `sleep ${naps}` },
        { customTimeouts: { create: "1s" } },
      );
    };
    await withCommands(async (engine) => {
      expect(await failure(engine.up(program))).toMatch("not done within 1 s");
      expect(processesWith(naps)).toEqual([]);
    });
  });

  test("what is not here names the official plugin", async () => {
    const program = async () => {
      new remote.CopyFile("f", { connection: connection(), localPath: "/etc/hostname", remotePath: "/tmp/x" });
    };
    await withCommands(async (engine) => {
      expect(await failure(engine.preview(program))).toMatch("pulumi-resource-command");
    });
  });
});
