import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { run } from "../../infra/process";
import { describeOnHost } from "./support";

const bin = resolve(__dirname, "../../infra/bin");
const entry = resolve(__dirname, "firewalled-bridge.ts");
const possible = ["/usr/sbin/iptables", "/proc/sys/net/bridge/bridge-nf-call-iptables"].every((file) =>
  existsSync(file),
);

/** A network namespace of its own stands for a host whose firewall drops what it forwards; /sys must show it. */
const PREPARE = "mount -t sysfs sysfs /sys && iptables -P FORWARD DROP && exec node -e";

describeOnHost("a host whose firewall drops bridged frames (needs iptables and the kernel's bridge filter)", () => {
  (possible ? it : it.skip)(
    "gets one rule for the stack's bridge, and loses it with the bridge",
    async () => {
      const script = `require("${bin}/load.cjs").load(require("${bin}/bundle.cjs").bundle("${entry}")).main()`;
      const { stdout } = await run("unshare", ["--net", "--mount", "sh", "-c", `${PREPARE} '${script}'`]);
      const { chains, addresses } = JSON.parse(stdout) as { chains: string[]; addresses: string };
      const [before = "", during = "", after] = chains;
      expect(before).toBe("-P FORWARD DROP\n");
      expect(during.replace(before, "")).toMatch(/^-A FORWARD -i ofwtest -o ofwtest .*-j ACCEPT\n$/);
      expect(after).toBe(before);
      expect(addresses).toContain("10.9.8.1/24");
      expect(addresses).not.toContain("10.9.9.1");
    },
    60_000,
  );
});
