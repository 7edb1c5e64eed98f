import { replaceableUrn } from "./up";

const urn = (name: string): string => `urn:pulumi:s::p::command:local:Command::${name}`;

const urns = [urn("s-0-machine"), urn("s-platform-contour-certificates-made"), urn("s-0-runtime")];

describe("up --replace", () => {
  it.each(["s-0-machine", "s-platform-contour-certificates-made"])("takes %s", (name) => {
    expect(replaceableUrn(name, urns)).toBe(urn(name));
  });

  it("refuses anything else, and names what it takes", () => {
    expect(() => replaceableUrn("s-0-runtime", urns)).toThrow(
      "nothing of that name to replace; it has s-0-machine, s-platform-contour-certificates-made",
    );
  });
});
