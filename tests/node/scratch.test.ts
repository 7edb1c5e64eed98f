import { machineBase } from "../../infra/local/image/base";
import { BASE } from "../../infra/local/image/packages";
import { streamProgress } from "../../infra/toolchain/progress";
import { ensure } from "../../infra/toolchain/store";
jest.setTimeout(590_000);
it("x", async () => {
  await ensure(machineBase({ ...BASE, packages: [...BASE.packages, "cloud-init"] }), { progress: streamProgress() });
});
