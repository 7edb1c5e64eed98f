import { createHash } from "node:crypto";
import { createReadStream, readdirSync, readFileSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { cacheRoot } from "../../infra/paths";
import { run } from "../../infra/process";

/** Downloaded packages, those of the suites that machines are made of. */
const packages = (): string => join(cacheRoot(), "debian-packages");

const FILE = /^[\w.+~%-]+\.deb$/;

/** A source of Debian packages for machines whose network ends at this host. */
export class PackageSource {
  private constructor(
    private readonly server: Server,
    private readonly address: string,
  ) {}

  /** @param address of this host, on which machines reach it */
  static async open(address: string): Promise<PackageSource> {
    const index = await packagesIndex();
    const server = createServer((request, response) => {
      const name = decodeURIComponent(request.url ?? "").replace(/^[./]+/, "");
      if (name === "Packages") response.end(index);
      else if (FILE.test(name)) {
        const file = createReadStream(join(packages(), name));
        file.on("error", () => response.writeHead(404).end()).pipe(response);
      } else response.writeHead(404).end();
    });
    await new Promise<void>((done) => server.listen(0, address, done));
    return new PackageSource(server, address);
  }

  /** Line for a machine's sources.list. */
  get line(): string {
    return `deb [trusted=yes] http://${this.address}:${(this.server.address() as AddressInfo).port} ./`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }
}

/** What apt reads of a repository without any structure. */
async function packagesIndex(): Promise<string> {
  const folder = packages();
  const entries: string[] = [];
  for (const name of readdirSync(folder).filter((file) => FILE.test(file))) {
    const file = join(folder, name);
    const { stdout } = await run("dpkg-deb", ["--field", file]);
    const sha256 = createHash("sha256").update(readFileSync(file)).digest("hex");
    entries.push(`${stdout.trimEnd()}\nFilename: ./${name}\nSize: ${statSync(file).size}\nSHA256: ${sha256}\n`);
  }
  return entries.join("\n");
}
