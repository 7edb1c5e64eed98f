import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { KeyPair } from "./spec";

/** On the PATH of this project's commands; its `keys` prints a new ed25519 pair as JSON. */
export const KEY_DRIVER = "ofwasm-machine";

/** A key pair that stays the same for as long as the resource exists. */
export function declareKeys(
  name: string,
  parent: pulumi.Resource,
  driver: string = KEY_DRIVER,
): pulumi.Output<KeyPair> {
  const command = new local.Command(
    name,
    { create: `${driver} keys`, logging: local.Logging.None, addPreviousOutputInEnv: false },
    // Running it again would make other keys, which no machine knows.
    { parent, additionalSecretOutputs: ["stdout", "stderr"], ignoreChanges: ["*"] },
  );
  return pulumi.secret(command.stdout).apply((stdout) => JSON.parse(stdout) as KeyPair);
}

/** What is wrong with the name of a driver, or nothing. */
export const driverProblem = (driver: string = KEY_DRIVER): string | undefined =>
  /^[\w./-]+$/.test(driver) ? undefined : `"${driver}": one command, no arguments`;
