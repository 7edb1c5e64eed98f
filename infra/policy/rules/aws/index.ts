import type { Rule } from "../../rule";
import { clusterRules } from "./clusters";
import { identityRules } from "./identity";
import { machineRules } from "./machines";
import { networkRules } from "./network";
import { storageRules } from "./storage";

export const awsRules: readonly Rule[] = [
  ...networkRules,
  ...machineRules,
  ...storageRules,
  ...identityRules,
  ...clusterRules,
];
