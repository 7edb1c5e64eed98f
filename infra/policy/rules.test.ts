import fc from "fast-check";
import { awsCases } from "../../tests/support/policy-cases/aws";
import type { Case, Cases } from "../../tests/support/policy-cases/case";
import { kubernetesCases } from "../../tests/support/policy-cases/kubernetes";
import { libraryCases } from "../../tests/support/policy-cases/library";
import { isMap, type PropertyMap, type PropertyValue, secret, UNKNOWN } from "../toolchain/plugins/host/values";
import { explained, judgeBy } from "./judgement";
import { resourceOf } from "./resource";
import type { Rule } from "./rule";
import { rules } from "./rules";

const cases: Readonly<Record<string, Cases>> = { ...awsCases, ...kubernetesCases, ...libraryCases };
const byName = new Map(rules.map((rule) => [rule.name, rule]));

function judged(rule: Rule, { type, name = "one", inputs, protect = false, production = false }: Case): string[] {
  const urn = `urn:pulumi:stack::project::${type}::${name}`;
  const resource = resourceOf({ type, name, urn, properties: inputs, protect }, production);
  return judgeBy([rule], [])
    .judge(resource)
    .flatMap(({ wrong }) => wrong);
}

test("every rule has what breaks it and what does not, and there is nothing else", () => {
  expect(Object.keys(cases).sort()).toEqual(rules.map(({ name }) => name).sort());
  for (const [name, { wrong, right }] of Object.entries(cases))
    expect([name, wrong.length > 0, right.length > 0]).toEqual([name, true, true]);
});

test("names are unique, and every rule says what must hold and what to do", () => {
  expect(byName.size).toBe(rules.length);
  expect(rules.length).toBeGreaterThanOrEqual(40);
  for (const { name, description, remedy } of rules) {
    expect(name).toMatch(/^(aws|kubernetes|wasm|command|stack)(-[a-z0-9]+)+$/);
    expect(description).toMatch(/^[A-Z].{20,}\.$/);
    expect(remedy).toMatch(/^[a-z].{15,}[^.]$/);
  }
});

describe.each(rules.map((rule) => [rule.name, rule] as const))("%s", (name, rule) => {
  test.each((cases[name]?.wrong ?? []).map((one) => [JSON.stringify(one), one] as const))("refuses %s", (_, one) => {
    const found = judged(rule, one);
    expect(found.length).toBeGreaterThan(0);
    for (const line of found) expect(line).not.toMatch(/hunter2|PRIVATE KEY|undefined|\n/);
  });

  test.each(
    (cases[name]?.right ?? []).map((one) => [JSON.stringify(one), one] as const),
  )("lets through %s", (_, one) => {
    expect(judged(rule, one)).toEqual([]);
  });
});

const value: fc.Arbitrary<PropertyValue> = fc.letrec<{ any: PropertyValue }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<PropertyValue>(null, true, 0, "", "x", UNKNOWN, secret("x"), secret(UNKNOWN)),
    fc.array(tie("any"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("spec", "name", "template", "connection", "policy"), tie("any"), { maxKeys: 3 }),
  ),
})).any;

/** One value somewhere in the inputs replaced by another. */
function replaced(inputs: PropertyValue, path: readonly number[], by: PropertyValue): PropertyValue {
  const [first, ...rest] = path;
  if (first === undefined) return by;
  if (Array.isArray(inputs) && inputs.length > 0)
    return inputs.map((item: PropertyValue, index) =>
      index === first % inputs.length ? replaced(item, rest, by) : item,
    );
  if (!isMap(inputs)) return by;
  const keys = Object.keys(inputs);
  const key = keys[first % keys.length];
  return key === undefined ? by : { ...inputs, [key]: replaced(inputs[key] ?? null, rest, by) };
}

test("no rule fails on inputs that nobody would write", () => {
  const all = Object.entries(cases).flatMap(([name, { wrong, right }]) =>
    [...wrong, ...right].map((one) => [byName.get(name) as Rule, one] as const),
  );
  fc.assert(
    fc.property(
      fc.constantFrom(...all),
      fc.array(fc.nat(5), { minLength: 1, maxLength: 6 }),
      value,
      ([rule, one], path, by) => {
        const found = judged(rule, { ...one, inputs: replaced(one.inputs, path, by) as PropertyMap });
        expect(found.every((line) => typeof line === "string")).toBe(true);
      },
    ),
    { numRuns: 5000 },
  );
});

test("a waiver excuses one rule in the resources that it names, and nothing else", () => {
  const type = "kubernetes:apps/v1:DaemonSet";
  const spec = { hostNetwork: true, containers: [{ name: "a", securityContext: { privileged: true } }] };
  const found = (namespace: string, name: string, resource: string): string[] => {
    const properties = { metadata: { namespace, name }, spec: { template: { spec } } };
    const wanted = rules.filter((rule) => ["kubernetes-privileged", "kubernetes-host-namespaces"].includes(rule.name));
    return judgeBy(wanted, [{ resource, rules: ["kubernetes-privileged"], reason: "" }])
      .judge(resourceOf({ type, name: "x", urn: "", properties, protect: false }, false))
      .map(({ rule }) => rule.name);
  };
  const both = ["kubernetes-privileged", "kubernetes-host-namespaces"];
  expect(found("system", "proxy", "DaemonSet/system/proxy")).toEqual(["kubernetes-host-namespaces"]);
  expect(found("system", "proxy", "*/system/*")).toEqual(["kubernetes-host-namespaces"]);
  expect(found("system", "proxy", "DaemonSet/*")).toEqual(both);
  expect(found("systems", "proxy", "*/system/*")).toEqual(both);
  expect(found("system", "proxy.x", "DaemonSet/system/proxy")).toEqual(both);
});

test("a finding says the rule, each thing that is wrong, and the remedy", () => {
  const rule = { ...(rules[0] as Rule), description: "No A.", remedy: "do B" };
  expect(explained({ rule, wrong: ["one", "two"] })).toBe("No A.\n- one\n- two\nRemedy: do B");
});
