import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PushImageRequest } from "../../components/pushed-image";
import { dockerConfig } from "../../components/registry";
import { copyImage, ensureSkopeo } from "../mirror/skopeo";
import { readRequest } from "../request";
import { streamProgress } from "../toolchain/progress";

/** What the command that `components/pushed-image` runs does: 0 when the registry has the image, 1 with the reason. */
export async function main(): Promise<number> {
  const progress = streamProgress();
  try {
    const request = readRequest<PushImageRequest>();
    const target = `${request.repository}:${request.tag}`;
    await ensureSkopeo(progress);
    const step = progress.step(target);
    try {
      await withLogin(request, () =>
        copyImage(`oci-archive:${request.archive}:${request.tag}`, `docker://${target}`, step),
      );
      step.done();
      return 0;
    } catch (error) {
      step.fail("not pushed");
      throw new Error(`${target} cannot be pushed: ${(error as Error).message}`);
    }
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return 1;
  }
}

/** skopeo finds the login in a file that only this user reads, and that is gone afterwards. */
async function withLogin({ repository, login }: PushImageRequest, work: () => Promise<void>): Promise<void> {
  if (login === undefined) return work();
  const folder = mkdtempSync(join(tmpdir(), "ofwasm-push-"));
  const file = join(folder, "auth.json");
  try {
    const [host = ""] = repository.split("/");
    writeFileSync(file, dockerConfig({ [host]: login })[".dockerconfigjson"], { mode: 0o600 });
    process.env.REGISTRY_AUTH_FILE = file;
    await work();
  } finally {
    delete process.env.REGISTRY_AUTH_FILE;
    rmSync(folder, { recursive: true, force: true });
  }
}
