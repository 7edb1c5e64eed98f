import type { ArtifactName, Artifacts } from "../infra/artifacts";
import type { Mistake, Settings } from "../infra/settings";
import type { PluginName } from "../infra/toolchain/plugins";

/** What a composition is given: no configuration or environment is read below this. */
export interface CompositionContext {
  stack: string;
  settings: Settings;
  artifacts: Artifacts;
}

/** One way to put the components together, chosen by the stack's name or the setting `composition`. */
export interface Composition {
  description: string;
  /** What must be on this host before the graph can be declared. */
  needs: readonly ArtifactName[];
  /** Plugins that its resources need beside those that every stack has. Default none. */
  plugins?: readonly PluginName[];
  /** Mistakes that only matter to this composition, those of the stack's name too, found before anything is begun. */
  problems?(settings: Settings, stack: string): Mistake[];
  /** Declares the graph and returns the stack's outputs. */
  declare(context: CompositionContext): Record<string, unknown>;
}
