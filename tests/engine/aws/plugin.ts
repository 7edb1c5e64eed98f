import { type Provider, serve, unimplemented } from "../../../infra/toolchain/plugins/host";
import { versions } from "../../../infra/versions";

/**
 * Stands in for the plugin `aws` in previews of tests, which is on no package registry: says yes to every input and
 * echoes it, as far as a preview goes. Whatever would make, read or ask for something of AWS's is refused.
 */
const provider: Provider = {
  name: "aws",
  version: versions.pulumi.aws,
  check: async ({ news }) => ({ inputs: news }),
  diff: async () => ({ changes: "unknown" }),
  async create({ inputs, preview, type, name }) {
    if (!preview) throw refusal(`make ${type} ${name}`);
    return { id: "", outputs: inputs };
  },
  update: async ({ type, name }) => {
    throw refusal(`change ${type} ${name}`);
  },
  delete: async ({ type, name }) => {
    throw refusal(`delete ${type} ${name}`);
  },
  read: async ({ type, name }) => {
    throw refusal(`read ${type} ${name}`);
  },
  invoke: async ({ token }) => {
    throw refusal(`answer ${token}`);
  },
};

const refusal = (what: string): Error => unimplemented(`this plugin previews only; it does not ${what}`);

void serve(provider);
