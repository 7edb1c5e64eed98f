import type { Rule } from "../rule";
import { awsRules } from "./aws";
import { kubernetesRules } from "./kubernetes";
import { libraryRules } from "./library";

/** Every rule of the pack. */
export const rules: readonly Rule[] = [...awsRules, ...kubernetesRules, ...libraryRules];
