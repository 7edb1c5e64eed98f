import { ensureBridge, removeBridge } from "../../infra/local/machine/bridge";
import { run } from "../../infra/process";

const chain = async (): Promise<string> => (await run("iptables", ["-S", "FORWARD"])).stdout;

/** Makes a bridge twice where the firewall drops by default and removes it twice; prints the chain before, in between and after. */
export async function main(): Promise<void> {
  const chains = [await chain()];
  for (const address of ["10.9.9.1", "10.9.8.1"]) await ensureBridge("ofwtest", address, 24);
  chains.push(await chain());
  const { stdout: addresses } = await run("ip", ["-o", "-4", "address", "show", "dev", "ofwtest"]);
  for (let time = 0; time < 2; time++) await removeBridge("ofwtest");
  chains.push(await chain());
  process.stdout.write(JSON.stringify({ chains, addresses }));
}
