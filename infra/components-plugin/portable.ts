import * as pulumi from "@pulumi/pulumi";
import { WasmFunction, type WasmFunctionArgs, WasmRuntime } from "../../components";
import type * as portable from "./declarations";

/** The library's arguments for those of another language. @throws pulumi.InputPropertiesError */
export function functionArgs({ unasked = false, verify, ...args }: portable.WasmFunctionArgs): WasmFunctionArgs {
  if (!unasked) return verify === undefined ? args : { ...args, verify };
  if (verify === undefined) return { ...args, verify: false };
  const reason = "true together with verify: leave one of the two out";
  throw new pulumi.InputPropertiesError({ message: "function", errors: [{ propertyPath: "unasked", reason }] });
}

/** A component that other languages can make, and what a program gets of it. */
export interface PortableComponent {
  make(name: string, args: pulumi.Inputs, opts: pulumi.ComponentResourceOptions): pulumi.ComponentResource;
  /** Names of its outputs. */
  outputs: readonly string[];
}

/** By name in the package. Arguments are what the schema says: the engine and the languages' SDKs see to that. */
export const portableComponents: Readonly<Record<string, PortableComponent>> = {
  WasmFunction: {
    make: (name, args, opts) => new WasmFunction(name, functionArgs(args as portable.WasmFunctionArgs), opts),
    outputs: ["address", "url", "image", "ready"] satisfies (keyof portable.WasmFunction)[],
  },
  WasmRuntime: {
    make: (name, args, opts) => new WasmRuntime(name, args as portable.WasmRuntimeArgs, opts),
    outputs: ["className"] satisfies (keyof portable.WasmRuntime)[],
  },
};
