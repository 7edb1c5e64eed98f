import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A web server on every address of this host, that machines of it reach too. */
export class FileServer {
  private constructor(private readonly server: Server) {}

  static async open(answer: RequestListener): Promise<FileServer> {
    const server = createServer(answer);
    await new Promise<void>((done) => server.listen(0, "0.0.0.0", done));
    return new FileServer(server);
  }

  /** @param host an address of this host */
  url(host: string): string {
    return `http://${host}:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }
}
