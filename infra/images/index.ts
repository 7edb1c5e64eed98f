import { buildImages } from "./build";
import { functionImages } from "./functions";
import type { ImagePin } from "./pin";
import { serveImages } from "./serve";

export type { ImagePin } from "./pin";

/**
 * Homes of the images of the platform and of functions. A digest is there only when a public source states it for that very image; none was
 * pulled from here, so that a home is alive is what these sources and the registries' own announcements say.
 */
export const imagePins: readonly ImagePin[] = [...buildImages, ...serveImages, ...functionImages];

const byRendered = new Map(imagePins.map((pin) => [pin.rendered, pin]));

/**
 * What a pod is told to pull.
 *
 * @param registry that has copies of all, each under its whole name: `registry.example.org/mirror`. Default: the home
 */
export function imageReference(pin: ImagePin, registry?: string): string {
  const name = registry === undefined ? pin.home : `${registry.replace(/\/+$/, "")}/${pin.home}`;
  return "digest" in pin ? `${name}@${pin.digest}` : name;
}

/** The reference for an image that a chart names; `undefined` when it is not known. */
export function knownImage(rendered: string, registry?: string): string | undefined {
  const pin = byRendered.get(rendered);
  return pin && imageReference(pin, registry);
}
