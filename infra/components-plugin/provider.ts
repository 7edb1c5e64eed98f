import { readFileSync } from "node:fs";
import { join } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import type { ConstructResult, Provider } from "@pulumi/pulumi/provider";
import { type PortableComponent, portableComponents } from "./portable";

/** Name of the package, and first part of its types. */
export const PACKAGE = "ofwasm";

/** What the package's schema is generated into; read as it is, because making it takes the TypeScript compiler seconds. */
export const SCHEMA_FILE = join(__dirname, "schema.json");

/** Gives the library's components to programs in other languages. */
export class ComponentsProvider implements Provider {
  readonly schema = readFileSync(SCHEMA_FILE, "utf8");
  readonly version = (JSON.parse(this.schema) as { version: string }).version;

  async construct(
    name: string,
    type: string,
    inputs: pulumi.Inputs,
    options: pulumi.ComponentResourceOptions,
  ): Promise<ConstructResult> {
    const made = this.component(type).make(name, inputs, options);
    const { outputs } = this.component(type);
    const values = made as unknown as Readonly<Record<string, unknown>>;
    return { urn: made.urn, state: Object.fromEntries(outputs.map((key) => [key, values[key]])) };
  }

  private component(type: string): PortableComponent {
    const found = portableComponents[type.split(":").at(-1) ?? ""];
    if (type.startsWith(`${PACKAGE}:index:`) && found !== undefined) return found;
    const known = Object.keys(portableComponents).map((key) => `${PACKAGE}:index:${key}`);
    throw new Error(`there is no component ${type} in this package; it has ${known.join(", ")}`);
  }
}
