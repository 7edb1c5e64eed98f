import { version } from "@pulumi/kubernetes/package.json";

/** Version of `@pulumi/kubernetes` that this plugin serves: the engine asks for exactly it. */
export const VERSION = version;
