import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { flannelManifests } from "../../components/cluster/addons/flannel";
import { DEFAULT_POD_CIDR } from "../../components/cluster/addresses";
import { formatAddress, parseCidr } from "../../components/node-pool/network";
import type { MachineSpec } from "../../components/node-pool/spec";
import { bundleScript, scriptInput, shellCommand } from "../../components/remote/remote-script";
import { bridgeName } from "../../infra/local/machine/layout";
import { run } from "../../infra/process";
import type { StoredImage } from "../../infra/toolchain/oci";
import type { Lab } from "../machine/support";
import { LabCluster } from "./support";

const IMAGES = join(__dirname, "../../components/node-images/scripts/images.sh");

/** Host number of the router in each network; the host itself is 1 and machines begin at 10. */
const ROUTER = 2;

/** A cluster whose machines live on several links, `stacks[n]` for machine n, joined by a router alone. */
export class RoutedCluster extends LabCluster {
  override readonly network = "overlay";

  constructor(
    lab: Lab,
    image: string,
    private readonly stacks: readonly string[],
    private readonly flannel: StoredImage,
  ) {
    super(lab, image, stacks[0]!);
  }

  override machine(index: number): MachineSpec {
    return { ...this.lab.spec(this.stacks[index]!, index), image: this.image };
  }

  /** What the host's plan of a machine lacks: a route to the other links. The machine forgets it when it reboots. */
  async route(index: number): Promise<void> {
    const { network } = this.machine(index);
    const others = new Set(this.stacks.map((_, other) => this.machine(other).network));
    others.delete(network);
    await this.on(
      index,
      [...others].map((other) => `ip route replace ${other} via ${routerAddress(network)}`).join(" && "),
    );
  }

  /** Puts flannel's image on a machine as the component does. */
  async deliver(index: number): Promise<void> {
    const { archive, reference, digest } = this.flannel;
    await this.on(index, "base64 -d >flannel.tar", readFileSync(archive).toString("base64"));
    const inputs = { archive: "flannel.tar", reference, digest, socket: "/run/containerd/containerd.sock" };
    await this.on(index, shellCommand("up"), scriptInput(bundleScript(IMAGES), inputs));
  }

  /** Declares flannel; its pods start with their nodes. */
  async overlay(): Promise<void> {
    const { address: apiAddress } = this.machine(0);
    const settings = { image: this.flannel.reference, podCidr: DEFAULT_POD_CIDR, nftables: true, apiAddress };
    await this.apply(...Object.values(flannelManifests(settings)));
  }
}

const routerAddress = (network: string): string => formatAddress(parseCidr(network).base + ROUTER);

/** A network namespace with a leg on each of the machines' bridges, which forwards; the host itself never does. */
export class Router {
  private readonly name = `ofwrouter-${randomBytes(3).toString("hex")}`;
  private readonly legs: string[] = [];

  async open(links: readonly Pick<MachineSpec, "stack" | "network">[]): Promise<void> {
    await run("ip", ["netns", "add", this.name]);
    for (const { stack, network } of links) {
      const leg = `ofwr${randomBytes(4).toString("hex")}`;
      const inside = `leg${this.legs.length}`;
      this.legs.push(leg);
      await run("ip", ["link", "add", leg, "type", "veth", "peer", "name", inside, "netns", this.name]);
      await run("ip", ["link", "set", leg, "master", bridgeName(stack), "up"]);
      const address = `${routerAddress(network)}/${parseCidr(network).prefixLength}`;
      await run("ip", ["-n", this.name, "address", "add", address, "dev", inside]);
      await run("ip", ["-n", this.name, "link", "set", inside, "up"]);
    }
    await this.inside("sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward");
  }

  inside(...command: string[]): Promise<{ stdout: string }> {
    return run("ip", ["netns", "exec", this.name, ...command]);
  }

  async close(): Promise<void> {
    for (const leg of this.legs) await run("ip", ["link", "delete", leg]).catch(() => "went with its bridge");
    await run("ip", ["netns", "delete", this.name]).catch(() => "never made");
  }
}
