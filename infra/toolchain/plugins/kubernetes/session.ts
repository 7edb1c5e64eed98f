import { type CallContext, cancelled, InitFailedError, type Log, type ResourceRequest } from "../host";
import { Client } from "./client";
import { Discovery } from "./discovery";
import { CancelledError, message, UnreachableError } from "./errors";
import { access } from "./kubeconfig";
import type { Target } from "./operations";
import type { Settings } from "./settings";
import { type Kind, parseToken } from "./tokens";
import { hideSecrets, type Properties, plainObject, textAt } from "./values";

/** An API server that is being restarted is back within this; so is a webhook that is being rolled out. */
const TROUBLE_MS = 60_000;

/** For a user who says that the cluster may be gone for good. */
const SHORT_TROUBLE_MS = 3_000;

interface Cluster {
  client: Client;
  discovery: Discovery;
  namespace: string;
}

/** One cluster as the provider's settings name it, for as long as they hold. It is asked only when it has to be. */
export class Session {
  private connected: Cluster | undefined;
  /** Kinds that this program defines, so that their objects can be checked before the cluster knows them. */
  private readonly defined = new Map<string, boolean>();
  private warnedUnreachable = false;

  constructor(readonly settings: Settings) {}

  close(): void {
    this.connected?.client.close();
  }

  private cluster(): Cluster {
    if (!this.connected) {
      const to = access(this.settings);
      const client = new Client(to);
      const namespace = this.settings.namespace ?? to.namespace ?? "default";
      this.connected = { client, discovery: new Discovery(client), namespace };
    }
    return this.connected;
  }

  /** The default namespace; a provider whose kubeconfig cannot be read yet says so when it is really needed. */
  namespace(): string {
    if (this.settings.namespace) return this.settings.namespace;
    try {
      return this.cluster().namespace;
    } catch {
      return "default";
    }
  }

  private target(of: Kind, context: CallContext): Target {
    const { client, discovery, namespace } = this.cluster();
    const troubleMs = this.settings.deleteUnreachable ? SHORT_TROUBLE_MS : TROUBLE_MS;
    return { client, discovery, of, signal: context.signal, log: context.log, defaultNamespace: namespace, troubleMs };
  }

  /** Whether objects of the kind are in namespaces; `undefined` where nobody knows it yet. */
  async askNamespaced(of: Kind, signal: AbortSignal): Promise<boolean | undefined> {
    const defined = this.defined.get(`${of.group}/${of.kind}`);
    if (defined !== undefined) return defined;
    try {
      return (await this.cluster().discovery.mapping(of, signal)).namespaced;
    } catch {
      // Not known (yet): the create will ask again, and it reports what is wrong.
      return undefined;
    }
  }

  /** Takes note of what a definition that the program declares will make known. */
  remember(definition: Properties): void {
    const spec = plainObject(definition).spec;
    const group = textAt(spec, "group");
    const kind = textAt(spec, "names", "kind");
    const scope = textAt(spec, "scope");
    if (group && kind && scope) this.defined.set(`${group}/${kind}`, scope === "Namespaced");
  }

  /** Whether an unreachable cluster counts as one that is gone, as the settings may ask; says so then. */
  forgets(error: unknown, context: CallContext): boolean {
    if (!(error instanceof UnreachableError) || !this.settings.deleteUnreachable) return false;
    context.log.warn(`${error.message}. Forgotten, as deleteUnreachable asks.`);
    return true;
  }

  /** A preview may come before the kubeconfig file that the run will write. */
  previewable(context: CallContext): boolean {
    try {
      this.cluster();
      return true;
    } catch (error) {
      this.warnOnce(context.log, error);
      return false;
    }
  }

  warnOnce(log: Log, error: unknown): void {
    if (!this.warnedUnreachable) log.warn(`${message(error)}. The preview shows inputs only.`);
    this.warnedUnreachable = true;
  }

  /** Runs an operation; its errors hold no secret and say when it was cancelled. */
  async guard<T>(
    request: ResourceRequest,
    context: CallContext,
    secrets: Properties[],
    body: (target: Target) => Promise<T>,
  ): Promise<T> {
    const of = parseToken(
      request.type,
      secrets.find((map) => textAt(map, "kind") !== undefined),
    );
    try {
      return await body(this.target(of, context));
    } catch (error) {
      if (error instanceof InitFailedError) throw error;
      if (error instanceof CancelledError || context.signal.aborted)
        throw cancelled(`${of.kind} ${request.name}: cancelled`);
      throw new Error(hideSecrets(message(error), ...secrets));
    }
  }
}
