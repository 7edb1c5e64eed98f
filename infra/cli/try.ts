import * as pulumi from "@pulumi/pulumi";
import { changeStack } from "../engine/operation";
import { ensureStack, openSession } from "../engine/session";

class Empty extends pulumi.ComponentResource {
  constructor(n: string) {
    super("ofwasm:index:Empty", n, {});
    this.registerOutputs({});
  }
}
export async function main(argv: string[], clone: string) {
  const t0 = performance.now();
  const session = openSession(clone, "dev", new Map());
  const engine = {
    pulumi: "/tmp/hand/bin/pulumi",
    env: {
      PULUMI_HOME: "/tmp/try/home",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    },
  };
  const code = await changeStack(session, engine, {
    name: argv[0] as "up",
    args: argv.slice(1),
    program: async () => {
      console.error("program", performance.now() - t0);
      for (let i = 0; i < 3; i++) new Empty("e" + i);
      return { ok: 1 };
    },
  });
  console.error("code", code, performance.now() - t0, "since node start", performance.now());
}
