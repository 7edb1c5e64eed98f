import { join } from "node:path";
import { refusedSettings } from "../../tests/support/refused-settings";
import { rawSettings } from "../engine/stack-files";
import { parseSettings } from "../settings";
import { eksMistakes, eksNameMistakes } from "./eks";

const DEFAULTS = rawSettings(join(__dirname, "../.."));

const ADDONS = { vpcCni: "v1.21.1-eksbuild.1", kubeProxy: "v1.34.1-eksbuild.2", coreDns: "v1.12.4-eksbuild.1" };
const ADMIN = "arn:aws:iam::123456789012:role/admin";
const GOOD = {
  eksAdmins: `${ADMIN}, arn:aws:iam::123456789012:user/jane`,
  eksAddons: JSON.stringify(ADDONS),
  awsImage: "ami-0123456789abcdef0",
};

const settings = (change: Record<string, string> = {}) => parseSettings({ ...DEFAULTS, ...GOOD, ...change });

describe("settings of a stack on EKS", () => {
  it("are a list of administrators and the versions of add-ons", () => {
    expect(settings()).toMatchObject({
      eksAdmins: [ADMIN, "arn:aws:iam::123456789012:user/jane"],
      eksAddons: ADDONS,
    });
    expect(settings({ eksAddons: "{}", eksAdmins: "" })).toMatchObject({ eksAddons: undefined, eksAdmins: [] });
  });

  it.each([
    [{ eksAdmins: "arn:aws:sts::123456789012:assumed-role/admin/me" }, "(not that of an assumed role)"],
    [{ eksAddons: "latest" }, "an object with vpcCni, kubeProxy and coreDns"],
    [{ eksAddons: "[]" }, "an object with vpcCni, kubeProxy and coreDns"],
    [{ eksAddons: JSON.stringify({ vpcCni: ADDONS.vpcCni }) }, "an object with vpcCni, kubeProxy and coreDns"],
    [{ eksAddons: JSON.stringify({ ...ADDONS, coreDns: "1.12" }) }, '"1.12": write a version as'],
  ])("refuse %j and say what is allowed", (change, text) => {
    const found = refusedSettings(() => settings(change));
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(text);
  });

  it.each([
    ["eks", []],
    ["Prod-2", []],
    ["a".repeat(41), ["stack's name"]],
    ["prod_eu", ["stack's name"]],
    ["prod.eu", ["stack's name"]],
  ])("go with the stack's name %s or not", (stack, keys) => {
    expect(eksNameMistakes(stack).map(({ key }) => key)).toEqual(keys);
  });

  it("are asked for, all that is missing at once", () => {
    expect(eksMistakes(settings())).toEqual([]);
    const bare = { eksAdmins: "", eksAddons: "{}", awsImage: "debian-13@20260101-2350", awsDiskGib: "10" };
    const found = eksMistakes(settings({ ...bare, awsApiPublic: "true" }));
    expect(found.map(({ key }) => key)).toEqual(["eksAdmins", "eksAddons", "awsImage", "awsDiskGib", "awsApiCidrs"]);
    expect(eksMistakes(settings({ awsImage: "" }))).toMatchObject([{ key: "awsImage", value: "(not set)" }]);
  });
});
