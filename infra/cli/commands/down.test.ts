import { UsageError } from "../options";
import { refuseProtected } from "./down";

const refusal = (production: boolean, names: readonly string[]): string => {
  try {
    refuseProtected("prod", production, names);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as Error).message;
  }
  return "";
};

test("a stack that nobody protected is removed", () => {
  expect(refusal(false, [])).toBe("");
});

test("a stack in production is refused with what is protected and the commands that lift it", () => {
  const names = [
    "prod-client-keys",
    "prod-0-machine",
    "prod-cluster-id",
    "prod-cluster-control-plane",
    "prod-functions",
  ];
  expect(refusal(true, names)).toBe(
    [
      "stack prod is one in production and has 5 protected resources: prod-client-keys, prod-0-machine, prod-cluster-id, prod-cluster-control-plane and 1 more. Nothing was removed.",
      "To remove it with all its data, lift the protection first, then remove it:",
      "  npm run up -- --stack prod --set production=false",
      "  npm run down -- --stack prod --set production=false",
      "When up cannot run any more, plain Pulumi lifts it: pulumi state unprotect --all (npm run env)",
    ].join("\n"),
  );
});

test("what the state protects counts, whatever the settings of this run say", () => {
  expect(refusal(false, ["prod-0-machine"])).toMatch(
    /^stack prod has 1 protected resource: prod-0-machine. Nothing was removed/,
  );
});

test("a stack that was never up in production needs no up first", () => {
  expect(refusal(true, [])).toBe(
    [
      "stack prod is one in production. Nothing was removed.",
      "To remove it with all its data, lift the protection first, then remove it:",
      "  npm run down -- --stack prod --set production=false",
    ].join("\n"),
  );
});
