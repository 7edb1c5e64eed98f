import { parseOptions } from "../options";
import { replaceableUrns, up } from "./up";

const urn = (name: string): string => `urn:pulumi:s::p::command:local:Command::${name}`;

const names = ["s-0-machine", "s-1-machine", "s-platform-contour-certificates-made", "s-0-runtime"];
const urns = [...names, "s-0-keys", "s-1-keys", "s-client-keys"].map(urn);

describe("up --replace", () => {
  it.each([
    [["s-0-machine"]],
    [["s-platform-contour-certificates-made"]],
    [["s-0-machine", "s-1-machine"]],
    [["s-1-keys", "s-1-machine"]],
  ])("takes %j", (replaced) => {
    expect(replaceableUrns(replaced, urns)).toEqual(replaced.map(urn));
  });

  it.each(["s-0-runtime", "s-client-keys", "s-2-keys"])("refuses %s, and names what it takes", (name) => {
    expect(() => replaceableUrns(["s-0-machine", name], urns)).toThrow(
      `--replace ${name}: the stack has nothing of that name to replace; it has s-0-machine, s-1-machine, s-platform-contour-certificates-made`,
    );
  });

  it("refuses a machine's keys without the machine, which would not be told them", () => {
    expect(() => replaceableUrns(["s-1-keys", "s-0-machine"], urns)).toThrow(
      "--replace s-1-keys: the machine that is there keeps its keys; give --replace s-1-machine with it",
    );
  });

  it("keeps every name that is given, in order", () => {
    const { lists, flags } = parseOptions(["--replace", "a", "--refresh", "--replace=b"], up.flags);
    expect(lists).toEqual({ replace: ["a", "b"] });
    expect(flags).toEqual({ refresh: true });
    expect(parseOptions([], up.flags).lists).toEqual({});
  });
});
