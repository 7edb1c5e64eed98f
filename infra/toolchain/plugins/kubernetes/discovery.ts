import type { Client } from "./client";
import { isGone, UnknownKindError } from "./errors";
import { apiVersion, type Kind } from "./tokens";
import { objectsAt, textAt } from "./values";

/** How the REST API addresses a kind. */
export interface Mapping {
  /** `/apis/apps/v1` */
  root: string;
  /** `deployments` */
  plural: string;
  namespaced: boolean;
}

/** What the cluster serves, asked for once per group and version and again when a kind is missing. */
export class Discovery {
  private readonly asked = new Map<string, Promise<Map<string, Mapping>>>();

  constructor(private readonly client: Client) {}

  /**
   * The mapping of a kind.
   *
   * @throws UnknownKindError when the cluster does not serve it
   */
  async mapping(of: Pick<Kind, "group" | "version" | "kind">, signal?: AbortSignal, retryForMs = 0): Promise<Mapping> {
    const version = apiVersion(of);
    const cached = (await this.asked.get(version)?.catch(() => undefined))?.get(of.kind);
    if (cached) return cached;
    const asking = this.ask(of, signal, retryForMs);
    this.asked.set(version, asking);
    const found = (await asking).get(of.kind);
    if (!found) throw new UnknownKindError(version, of.kind);
    return found;
  }

  private async ask(
    of: Pick<Kind, "group" | "version">,
    signal: AbortSignal | undefined,
    retryForMs: number,
  ): Promise<Map<string, Mapping>> {
    const root = of.group === "" ? `/api/${of.version}` : `/apis/${of.group}/${of.version}`;
    const kinds = new Map<string, Mapping>();
    try {
      const list = await this.client.call({ method: "GET", path: root, signal, retryForMs });
      for (const resource of objectsAt(list, "resources")) {
        const plural = textAt(resource, "name");
        const kind = textAt(resource, "kind");
        if (plural && kind && !plural.includes("/"))
          kinds.set(kind, { root, plural, namespaced: resource.namespaced === true });
      }
    } catch (error) {
      if (!isGone(error)) throw error;
    }
    return kinds;
  }
}

export function collectionPath(mapping: Mapping, namespace: string | undefined): string {
  const inside = mapping.namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  return `${mapping.root}${inside}/${mapping.plural}`;
}

export const objectPath = (mapping: Mapping, namespace: string | undefined, name: string): string =>
  `${collectionPath(mapping, namespace)}/${encodeURIComponent(name)}`;
