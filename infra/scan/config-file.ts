import { existsSync, readFileSync, statSync } from "node:fs";
import { type Document, isMap, isSeq, parseDocument } from "yaml";
import { writeAtomically } from "../atomic";
import { type Bastion, SettingsError } from "../settings";
import { parseBastion, parseHosts } from "../settings/hosts";
import type { Parser } from "../settings/parse";
import type { KnownHost } from "./known-host";
import type { Reviewed } from "./review";

/** A stack's file, read and changed as text: comments and order stay. */
export class StackConfigFile {
  private constructor(
    private readonly file: string,
    private readonly document: Document,
    private readonly prefix: string,
  ) {}

  /** @throws for a file that is no YAML, or whose settings are not a map */
  static open(file: string, project: string): StackConfigFile {
    const document = parseDocument(existsSync(file) ? readFileSync(file, "utf8") : "");
    const [error] = document.errors;
    if (error) throw new Error(`${file}: ${error.message}`);
    const config = document.get("config");
    if ((document.contents !== null && !isMap(document.contents)) || (config != null && !isMap(config)))
      throw new Error(`${file}: "config" is not a map of settings; mend the file first`);
    return new StackConfigFile(file, document, `${project}:`);
  }

  /** @throws SettingsError when what is there is no list of hosts, so that a scan would not know them */
  get hosts(): KnownHost[] {
    return this.checked<KnownHost[]>("hosts", parseHosts, []);
  }

  /** @throws SettingsError */
  get bastion(): Bastion | undefined {
    const raw = this.checked<object>("bastion", parseBastion, {});
    const parsed = parseBastion(JSON.stringify(raw));
    return "value" in parsed ? parsed.value : undefined;
  }

  setHosts(reviewed: readonly Reviewed[]): void {
    const path = this.path("hosts");
    // A list in brackets would make one long line of all hosts.
    if (!isSeq(this.document.getIn(path)) || this.hosts.length === 0) this.document.setIn(path, this.node([], false));
    for (const { host, at } of reviewed) {
      if (at === undefined) this.document.addIn(path, this.node(host, true));
      else this.document.setIn([...path, at, "hostKey"], host.hostKey);
    }
    this.checked("hosts", parseHosts, []);
  }

  /** Another bastion keeps what the file says of the login's key. */
  setBastion(bastion: Partial<Bastion>): void {
    const before = this.document.getIn(this.path("bastion"));
    if (isMap(before)) {
      for (const field of ["address", "port", "user", "hostKey"] as const)
        if (bastion[field] === undefined) before.delete(field);
        else before.set(field, bastion[field]);
    } else this.document.setIn(this.path("bastion"), this.node(bastion, true));
    this.checked("bastion", parseBastion, {});
  }

  /** Replaces the file as a whole, with the permissions that it had. */
  write(): void {
    const mode = existsSync(this.file) ? statSync(this.file).mode & 0o777 : 0o644;
    writeAtomically(this.file, this.document.toString({ lineWidth: 0 }), mode);
  }

  private path(key: string): string[] {
    return ["config", this.prefix + key];
  }

  private node(value: object, flow: boolean): unknown {
    return this.document.createNode(value, { flow });
  }

  private checked<T>(key: string, parser: Parser<unknown>, none: T): T {
    const node = this.document.getIn(this.path(key));
    const value = (isSeq(node) || isMap(node) ? node.toJS(this.document) : (node ?? none)) as T;
    const result = parser(JSON.stringify(value));
    if ("allowed" in result) throw new SettingsError([{ key, value: JSON.stringify(value), allowed: result.allowed }]);
    return value;
  }
}
