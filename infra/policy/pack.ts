import { type Policies, PolicyPack, type ResourceValidationPolicy } from "@pulumi/policy";
import { explained, judgeBy } from "./judgement";
import { PACK } from "./pack-name";
import type { Resource, Rule } from "./rule";
import { rules } from "./rules";
import { fields, UNKNOWN, type Value } from "./values";

/** The setting reaches a pack of the official tools by `--policy-pack-config` alone. */
const CONFIG = { properties: { production: { type: "boolean" as const, default: false } } };

/** A rule as a policy of the official library. */
export function policyOf(rule: Rule): ResourceValidationPolicy {
  const { name, description, level, remedy } = rule;
  const judge = judgeBy([rule]);
  return {
    name,
    description,
    enforcementLevel: level,
    remediationSteps: remedy,
    configSchema: CONFIG,
    validateResource: ({ type, name: resource, urn, props, opts, getConfig }, reportViolation) => {
      if (!judge.concerns(type)) return;
      const { production = false } = getConfig<{ production?: boolean }>();
      for (const finding of judge.judge({
        type,
        name: resource,
        urn,
        inputs: fields(read(props)),
        protect: opts.protect,
        production,
        ...UNTOLD,
      }))
        reportViolation(explained(finding));
    },
  };
}

/** The library lays every secret open before a rule sees it: no rule may say that something is none. */
const UNTOLD: Pick<Resource, "isSecret"> = { isSecret: () => true };

/** The library's inputs, which throw where a value is not known yet. */
function read(value: unknown): Value {
  if (Array.isArray(value)) return value.map((_, index) => readField(value, index));
  if (typeof value !== "object" || value === null) return value as Value;
  return Object.fromEntries(Object.keys(value).map((key) => [key, readField(value, key)]));
}

function readField(of: object, key: string | number): Value {
  let value: unknown;
  try {
    value = (of as Record<string | number, unknown>)[key];
  } catch {
    return UNKNOWN;
  }
  return read(value);
}

/** Serves the rules to Pulumi's official tools. */
export const servePack = (): PolicyPack => new PolicyPack(PACK.name, { policies: rules.map(policyOf) as Policies });
