import { readFileSync } from "node:fs";
import { join } from "node:path";
import { rules } from "./rules";

const PAGE = readFileSync(join(__dirname, "../../docs/policies.md"), "utf8");

/** The page's table, as it must be. */
const table = [
  "| rule | level | what must hold | what to do |",
  "|---|---|---|---|",
  ...rules.map(({ name, level, description, remedy }) => `| \`${name}\` | ${level} | ${description} | ${remedy} |`),
].join("\n");

test("the page has every rule, in the pack's order, with its own words", () => {
  expect(PAGE.split("## All rules\n\n")[1]?.trimEnd()).toBe(table);
});

test("no rule's words break the table", () => {
  for (const { description, remedy } of rules) expect(description + remedy).not.toMatch(/[|\n]/);
});
