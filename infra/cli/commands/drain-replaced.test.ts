import { replacedWorker } from "./drain-replaced";

const urn = (name: string): string => `urn:pulumi:dev::openfunction-wasm::command:local:Command::${name}`;
const URNS = ["dev-0-machine", "dev-1-machine", "dev-cluster-control-plane", "dev-cluster-dev-1-drain"].map(urn);

test.each([
  ["a worker's machine is drained", "dev-1-machine", "dev-1"],
  ["the control plane's is not: its cluster goes with it", "dev-0-machine", undefined],
  ["nothing else is", "dev-cluster-dev-1-join-secret", undefined],
])("%s", (_, name, node) => expect(replacedWorker("dev", name, URNS)).toBe(node));
