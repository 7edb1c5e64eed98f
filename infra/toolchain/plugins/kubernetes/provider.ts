import {
  type CallContext,
  type CheckRequest,
  type CheckResult,
  type CreateRequest,
  type CreateResult,
  type DeleteRequest,
  type DiffRequest,
  type DiffResult,
  InitFailedError,
  type InvokeRequest,
  type InvokeResult,
  type PropertyMap,
  type Provider,
  type ReadRequest,
  type ReadResult,
  type ResourceRequest,
  type UpdateRequest,
  unimplemented,
} from "../host";
import { AUTONAMED, checkInputs } from "./check";
import { difference, formatPath, withLiveValues } from "./diff";
import type { Mapping } from "./discovery";
import { ApiError, isGone, message, NotReadyError, UnknownKindError, UnreachableError } from "./errors";
import { immutableFields } from "./immutable";
import { managerName } from "./manager";
import {
  describe,
  importedInputs,
  initialApiVersionOf,
  liveOf,
  managerOf,
  objectId,
  parseId,
  refreshInputs,
  STACK_MARKER,
  toObject,
  toState,
} from "./objects";
import { apply, get, mappingOf, mayAdopt, PREVIEW_TROUBLE_MS, placeOf, release, type Target } from "./operations";
import { previewState } from "./preview";
import { isToBeMadeAnew, REPLACE_UNREADY, ready, readyNow } from "./ready/object";
import { remove } from "./removal";
import { Session } from "./session";
import { readSettings, refusedSettings, settingsDifference, storedSettings } from "./settings";
import { apiVersion, type Kind, OFFICIAL, parseToken } from "./tokens";
import { annotation, hasUnknown, hideSecrets, type Properties, plainObject, textAt } from "./values";

const PATCH_FORCE = "pulumi.com/patchForce";

/** Property maps travel unchanged between the wire and this plugin; only their TypeScript types differ. */
const own = (map: PropertyMap): Properties => map as Properties;

/**
 * Kubernetes objects by server-side apply: the part of the official provider that plain objects, custom
 * resources and patches need. Everything else is refused by name.
 */
export class KubernetesProvider implements Provider {
  readonly name = "kubernetes";
  private session = new Session(readSettings({}));

  constructor(readonly version: string) {}

  async checkConfig({ news }: CheckRequest): Promise<CheckResult> {
    return { inputs: storedSettings(own(news)), failures: refusedSettings(own(news)) };
  }

  async diffConfig({ olds, oldInputs, news }: DiffRequest): Promise<DiffResult> {
    const before = Object.keys(oldInputs).length > 0 ? oldInputs : olds;
    const { changed, replaces } = settingsDifference(own(before), own(news));
    const detailed = Object.fromEntries(
      changed.map((key) => [key, { kind: replaces.includes(key) ? "update-replace" : "update" } as const]),
    );
    return { changes: changed.length > 0 ? "some" : "none", replaces, detailed };
  }

  /** Only remembers: the cluster is asked when something has to be done there. */
  async configure(args: PropertyMap): Promise<void> {
    this.session = new Session(readSettings(own(args)));
  }

  async check(request: CheckRequest, context: CallContext): Promise<CheckResult> {
    const news = own(request.news);
    const of = parseToken(request.type, news);
    const { inputs, failures } = await checkInputs({
      of,
      name: request.name,
      olds: own(request.olds),
      news,
      seed: request.randomSeed,
      defaultNamespace: () => this.session.namespace(),
      askNamespaced: () => this.session.askNamespaced(of, context.signal),
    });
    if (of.kind === "CustomResourceDefinition") this.session.remember(inputs);
    return { inputs: inputs as PropertyMap, failures };
  }

  async diff(request: DiffRequest, context: CallContext): Promise<DiffResult> {
    const news = own(request.news);
    const of = parseToken(request.type, news);
    const olds = plainObject(own(request.oldInputs));
    const now = plainObject(news);
    const { changes, replaces } = difference(olds, now, {
      immutable: immutableFields(of, now, this.session.settings.mutable),
      ignored: request.ignoreChanges,
      live: () => liveOf(own(request.olds)),
    });
    if (
      isToBeMadeAnew(of, now, () => liveOf(own(request.olds))) &&
      !(await this.isReadyByNow(of, now, request, context))
    ) {
      const path = formatPath(["metadata", "annotations", REPLACE_UNREADY]);
      changes.set(path, { kind: "update", replace: true });
      replaces.push(path);
    }
    if (changes.size === 0) return { changes: "none" };
    const same = (key: string): boolean => textAt(now, "metadata", key) === textAt(olds, "metadata", key);
    return {
      changes: "some",
      replaces,
      // A generated name can be generated anew; a given one is taken until the old object is gone.
      deleteBeforeReplace:
        replaces.length > 0 && annotation(now, AUTONAMED) !== "true" && same("name") && same("namespace"),
      detailed: Object.fromEntries(
        [...changes].map(([path, { kind, replace }]) => [path, { kind: replace ? `${kind}-replace` : kind } as const]),
      ),
    };
  }

  /** Whether the object got ready after the state was written. What cannot be asked counts as the state has it. */
  private async isReadyByNow(of: Kind, now: Properties, request: DiffRequest, context: CallContext): Promise<boolean> {
    try {
      return await this.session.guard(request, context, [now], async (patient) => {
        const target = { ...patient, troubleMs: PREVIEW_TROUBLE_MS };
        const mapping = await mappingOf(target, 0);
        const live = await get(target, mapping, placeOf(target, mapping, now));
        return live !== undefined && readyNow(of, live, now) === undefined;
      });
    } catch {
      return false;
    }
  }

  async create(request: CreateRequest, context: CallContext): Promise<CreateResult> {
    const inputs = own(request.inputs);
    if (request.preview && !this.session.previewable(context)) return { id: "", outputs: inputs };
    return this.session.guard(request, context, [inputs], async (target) => {
      if (request.preview) return { id: "", outputs: await this.preview(target, inputs, undefined) };
      const object = toObject(inputs);
      const mapping = await mappingOf(target);
      const place = placeOf(target, mapping, object);
      const existing = await get(target, mapping, place);
      if (target.of.patch && !existing)
        throw new Error(`${describe(target.of.kind, place.name)} does not exist, so there is nothing to patch`);
      if (!target.of.patch && existing && !this.session.settings.upsert && !mayAdopt(existing, object))
        throw new Error(alreadyExists(request, target.of, objectId(existing)));
      const manager = managerName(target.of, request.urn, object);
      const applied = await apply(target, mapping, this.applying(object, manager, false));
      const id = objectId(applied);
      const live = await this.settle(target, mapping, applied, object, request, id, inputs, manager);
      return { id, outputs: toState(live, inputs, manager) };
    });
  }

  async update(request: UpdateRequest, context: CallContext): Promise<PropertyMap> {
    const inputs = own(request.news);
    const olds = own(request.olds);
    if (request.preview && !this.session.previewable(context)) return inputs;
    return this.session.guard(request, context, [inputs, olds], async (target) => {
      if (request.preview) return this.preview(target, inputs, olds, request.ignoreChanges);
      const mapping = await mappingOf(target);
      const object = await this.leaving(target, mapping, toObject(inputs), request.ignoreChanges);
      const before = managerOf(olds);
      const manager = managerName(target.of, request.urn, object, before);
      const applied = await apply(target, mapping, this.applying(object, manager, false));
      if (before !== undefined && before !== manager) await release(target, placeOf(target, mapping, object), before);
      const live = await this.settle(target, mapping, applied, object, request, request.id, inputs, manager);
      return toState(live, inputs, manager, initialApiVersionOf(olds));
    });
  }

  async read(request: ReadRequest, context: CallContext): Promise<ReadResult> {
    const state = own(request.outputs);
    const inputs = own(request.inputs);
    return this.session.guard(request, context, [inputs, state], async (target) => {
      const gone = { id: "", outputs: {}, inputs: {} };
      const imported = Object.keys(inputs).length === 0;
      let live: Properties | undefined;
      let mapping: Mapping;
      try {
        mapping = await mappingOf(target, 0);
        const { namespace, name } = parseId(request.id);
        live = await get(target, mapping, {
          name,
          namespace: mapping.namespaced ? (namespace ?? target.defaultNamespace) : undefined,
        });
      } catch (error) {
        if (error instanceof UnknownKindError || this.session.forgets(error, context)) return gone;
        throw error;
      }
      if (!live) return gone;
      const now = imported ? importedInputs(live) : refreshInputs(inputs, liveOf(state), live);
      const manager = managerOf(state) ?? managerName(target.of, request.urn, live);
      const outputs = toState(live, now, manager, initialApiVersionOf(state));
      if (!imported) {
        const reason = readyNow(target.of, live, toObject(inputs));
        if (reason) throw new InitFailedError(request.id, outputs as PropertyMap, [reason], now as PropertyMap);
      }
      return { id: request.id, outputs, inputs: now };
    });
  }

  async delete(request: DeleteRequest, context: CallContext): Promise<void> {
    const state = own(request.outputs);
    const inputs = own(request.oldInputs);
    await this.session.guard(request, context, [inputs, state], async (target) => {
      const place = parseId(request.id);
      try {
        const manager = managerOf(state);
        if (target.of.patch) await release(target, place, manager ?? managerName(target.of, request.urn, {}));
        else await remove(target, place, plainObject(inputs), request.timeoutSeconds, textAt(state, "metadata", "uid"));
      } catch (error) {
        if (this.session.forgets(error, context)) return;
        if (error instanceof NotReadyError)
          throw new InitFailedError(
            request.id,
            toState(error.live, inputs, managerOf(state) ?? "") as PropertyMap,
            error.reasons,
          );
        throw error;
      }
    });
  }

  async invoke({ token }: InvokeRequest): Promise<InvokeResult> {
    throw unimplemented(`${token}: this embedded plugin has no functions; ${OFFICIAL}`);
  }

  close(): void {
    this.session.close();
  }

  private applying(object: Properties, manager: string, dryRun: boolean) {
    return {
      object,
      manager,
      dryRun,
      force: this.session.settings.force || annotation(object, PATCH_FORCE) === "true",
      warnings: !this.session.settings.suppressDeprecationWarnings,
    };
  }

  /** The object with ignored fields as they are in the cluster, so that they stay with who set them. */
  private async leaving(
    target: Target,
    mapping: Mapping,
    object: Properties,
    ignored: readonly string[],
  ): Promise<Properties> {
    if (ignored.length === 0) return object;
    const live = await get(target, mapping, placeOf(target, mapping, object));
    return live ? withLiveValues(object, live, ignored) : object;
  }

  /** Waits for readiness; what does not get there is reported as existing but not initialised. */
  private async settle(
    target: Target,
    mapping: Mapping,
    applied: Properties,
    object: Properties,
    request: CreateRequest | UpdateRequest,
    id: string,
    inputs: Properties,
    manager: string,
  ): Promise<Properties> {
    if (target.of.patch) return applied;
    try {
      return await ready(target, mapping, applied, object, request.timeoutSeconds);
    } catch (error) {
      const live = error instanceof NotReadyError ? error.live : applied;
      const reasons = error instanceof NotReadyError ? error.reasons : [message(error)];
      const hidden = reasons.map((reason) => hideSecrets(reason, inputs));
      throw new InitFailedError(id, toState(live, inputs, manager) as PropertyMap, hidden);
    }
  }

  /** What would come out, by a dry run on the server where that is possible, else the inputs. */
  private async preview(
    target: Target,
    inputs: Properties,
    olds: Properties | undefined,
    ignored: readonly string[] = [],
  ): Promise<Properties> {
    if (hasUnknown(inputs) || target.of.patch) return inputs;
    try {
      const mapping = await mappingOf(target, 0, PREVIEW_TROUBLE_MS);
      const object = await this.leaving(target, mapping, toObject(inputs), ignored);
      const manager = managerName(target.of, "", object, managerOf(olds));
      if (!olds) {
        const existing = await get(target, mapping, placeOf(target, mapping, object), 0);
        // It may be deleted before, in the same run: only the real create can tell.
        if (existing && !this.session.settings.upsert && !mayAdopt(existing, object)) return inputs;
      }
      const result = await apply(target, mapping, this.applying(object, manager, true));
      return olds ? toState(result, inputs, manager, initialApiVersionOf(olds)) : previewState(result, inputs, manager);
    } catch (error) {
      if (error instanceof UnreachableError) this.session.warnOnce(target.log, error);
      if (notPreviewable(error)) return inputs;
      throw error;
    }
  }
}

/** What a dry run cannot say anything about: things that the same run may make first, and missing rights. */
function notPreviewable(error: unknown): boolean {
  if (error instanceof UnknownKindError || error instanceof UnreachableError || isGone(error)) return true;
  if (!(error instanceof ApiError)) return false;
  return error.status === 403 || error.status >= 500 || /dry ?run/i.test(error.message);
}

function alreadyExists(request: ResourceRequest, of: Kind, id: string): string {
  return (
    `${describe(of.kind, id)} (${apiVersion(of)}) already exists and is not this stack's. ` +
    `Take it over with \`pulumi import ${request.type} ${request.name} ${id}\`, delete it, or give yours another name. ` +
    `(An object with the annotation ${STACK_MARKER} of this stack is taken over by itself.)`
  );
}
