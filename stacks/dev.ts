import { LocalNodePool } from "../components/node-pool";
import { HTTP_CLIENT } from "../infra/local/image/http-client";
import type { Composition } from "./composition";
import { wasmOnMachines } from "./wasm-on-machines";

/** Machines on this host, made and removed with the stack. */
export const dev: Composition = {
  description: "local machines on this Linux host",
  needs: ["localMachines", "payload", "sample", "flannel", "charts"],
  declare(context) {
    const { stack, settings, artifacts } = context;
    const { network, image } = artifacts.localMachines!;
    const pool = new LocalNodePool(stack, { stack, machines: settings.nodes, network, image });
    return wasmOnMachines(context, pool, {
      // Every machine shares this host's disk, swap and cgroups, which no systemd of theirs may own.
      cgroupDriver: "cgroupfs",
      failSwapOn: false,
      dedicatedDisk: false,
      // The machines' network ends at this host, so there is no name server to ask.
      upstreamDns: [],
      httpClient: HTTP_CLIENT,
    });
  },
};
