import type { Resource, Rule } from "./rule";
import { rules as allRules } from "./rules";
import { objectPath } from "./rules/kubernetes/object";
import { waivers as allWaivers, type Waiver } from "./waivers";

/** What breaks one rule in one resource. */
export interface Finding {
  rule: Rule;
  /** One line each. */
  wrong: readonly string[];
}

/** Asks resources one after the other. */
export interface Judge {
  judge(resource: Resource): Finding[];
  /** False for types that no rule is about: their inputs need not be looked at. */
  concerns(type: string): boolean;
}

/** Who is asked which rules, and who is excused from one, by type once. */
export function judgeBy(rules: readonly Rule[] = allRules, waivers: readonly Waiver[] = allWaivers): Judge {
  const byType = new Map<string, readonly Rule[]>();
  const rulesOf = (type: string): readonly Rule[] => {
    const known = byType.get(type) ?? rules.filter((rule) => rule.on(type));
    byType.set(type, known);
    return known;
  };
  return {
    concerns: (type) => rulesOf(type).length > 0,
    judge: (resource) =>
      rulesOf(resource.type).flatMap((rule) => {
        const wrong = rule.judge(resource);
        if (wrong.length === 0 || waivers.some((waiver) => excuses(waiver, rule, resource))) return [];
        return [{ rule, wrong }];
      }),
  };
}

const excuses = (waiver: Waiver, rule: Rule, resource: Resource): boolean =>
  waiver.rules.includes(rule.name) && matches(waiver.resource, objectPath(resource) ?? resource.name);

/** `*` stands for anything but a slash. */
const matches = (pattern: string, path: string): boolean =>
  new RegExp(`^${pattern.split("*").map(escaped).join("[^/]*")}$`).test(path);

const escaped = (part: string): string => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&");

/** What a user reads of a finding, below the rule's and the resource's name. */
export const explained = ({ rule, wrong }: Finding): string =>
  [rule.description, ...wrong.map((line) => `- ${line}`), `Remedy: ${rule.remedy}`].join("\n");
