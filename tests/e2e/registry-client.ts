import type { RegistryLogin } from "../../components/registry";
import type { EncodedImage } from "../../infra/toolchain/oci";

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";

/** What the tests read of a manifest. */
export interface Manifest {
  config: { digest: string };
  layers: { digest: string }[];
  annotations?: Record<string, string>;
}

/** A registry as its own API shows it, asked from this host. */
export class RegistryClient {
  constructor(
    private readonly base: string,
    private readonly login: RegistryLogin,
  ) {}

  /** HTTP status of the page that tells whether one is let in. */
  async status(login?: RegistryLogin): Promise<number> {
    const headers: Record<string, string> = login ? { authorization: authorization(login) } : {};
    const { status } = await fetch(`${this.base}/v2/`, { headers, signal: AbortSignal.timeout(10_000) });
    return status;
  }

  async manifest(repository: string, tag: string): Promise<{ digest: string; manifest: Manifest }> {
    const answer = await this.ask("GET", `/v2/${repository}/manifests/${tag}`, { accept: MANIFEST });
    const digest = answer.headers.get("docker-content-digest") ?? "";
    return { digest, manifest: (await answer.json()) as Manifest };
  }

  async blob(repository: string, digest: string): Promise<Buffer> {
    const answer = await this.ask("GET", `/v2/${repository}/blobs/${digest}`);
    return Buffer.from(await answer.arrayBuffer());
  }

  async push(repository: string, tag: string, image: EncodedImage): Promise<void> {
    for (const { digest } of [image.config, ...image.layers]) {
      const begun = await this.ask("POST", `/v2/${repository}/blobs/uploads/`);
      const place = new URL(begun.headers.get("location") ?? "", this.base);
      place.searchParams.set("digest", digest);
      const type = { "content-type": "application/octet-stream" };
      await this.ask("PUT", `${place.pathname}${place.search}`, type, image.blobs.get(digest));
    }
    const { digest, mediaType } = image.manifest;
    const type = { "content-type": mediaType };
    await this.ask("PUT", `/v2/${repository}/manifests/${tag}`, type, image.blobs.get(digest));
  }

  private async ask(
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body?: Uint8Array,
  ): Promise<Response> {
    const answer = await fetch(this.base + path, {
      method,
      headers: { ...headers, authorization: authorization(this.login) },
      ...(body ? { body: new Uint8Array(body) } : {}),
      signal: AbortSignal.timeout(30_000),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: HTTP ${answer.status} ${await answer.text()}`);
    return answer;
  }
}

const authorization = ({ username, password }: RegistryLogin): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
