import { machineAddress } from "../../../components/node-pool/network";
import type { MachineSpec } from "../../../components/node-pool/spec";
import { makeKeyPair } from "./keys";
import { stackNetwork } from "./networks";

/**
 * The only machine of a stack that lives for a measurement or a test.
 *
 * @param image folder with the machine's root
 * @param authorizedKey public key of who logs in
 */
export function trialMachine(stack: string, image: string, authorizedKey: string): MachineSpec {
  const plan = stackNetwork(stack);
  const place = { address: machineAddress(plan, 0), network: plan.network, gateway: plan.gateway };
  return { stack, name: "node-0", ...place, image, hostKey: makeKeyPair(), authorizedKey };
}

/** Where the runtime's transaction may write, its own working folder included. */
export const RUNTIME_PLACES = "/etc /opt /usr/local /var/lib/ofwasm /run/ofwasm /root";

/** Lists all that is there with kind, mode, owner, size and times: equal twice means that nothing was written between. */
export const RUNTIME_FILES = `find ${RUNTIME_PLACES} -printf '%p %y %m %u %s %T@ %C@ %l\\n' 2>/dev/null | sort`;
