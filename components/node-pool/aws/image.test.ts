import { architectureOf, instanceTypeProblem } from "./architecture";
import { imageParameter, imageProblem } from "./image-name";

describe("an image", () => {
  it.each([
    "ami-0123456789abcdef0",
    "debian-12@20260101-2350",
    "debian-13@20260101-2350",
    "ubuntu-24.04@20260101.1",
  ])("may be %s", (image) => expect(imageProblem(image)).toBeUndefined());

  it.each([
    "",
    "debian-13",
    "debian-13@latest",
    "ubuntu-24.04@current",
    "debian-11@20260101-2350",
    "ami-xyz",
  ])("may not be %j, which is unpinned or unknown", (image) =>
    expect(imageProblem(image)).toContain(`"${image}": give ami-…, or a release and its build`));

  it.each([
    ["debian-13@20260101-2350", "arm64", "/aws/service/debian/release/13/20260101-2350/arm64"],
    [
      "ubuntu-24.04@20260101",
      "amd64",
      "/aws/service/canonical/ubuntu/server/24.04/stable/20260101/amd64/hvm/ebs-gp3/ami-id",
    ],
    [
      "ubuntu-22.04@20260101",
      "amd64",
      "/aws/service/canonical/ubuntu/server/22.04/stable/20260101/amd64/hvm/ebs-gp2/ami-id",
    ],
  ] as const)("%s on %s is looked up as %s", (image, architecture, parameter) => {
    expect(imageParameter(image, architecture)).toBe(parameter);
  });

  it("that is an id is not looked up", () => expect(imageParameter("ami-0123456789abcdef0", "amd64")).toBeUndefined());
});

describe("an instance type", () => {
  it.each([
    "a1.large",
    "t4g.nano",
    "m7g.large",
    "m7gd.metal",
    "c7gn.xlarge",
    "im4gn.large",
    "is4gen.large",
    "g5g.xlarge",
  ])("%s has processors of arm64", (type) => expect(architectureOf(type)).toBe("arm64"));

  it.each([
    "t3.nano",
    "m7i.large",
    "m7i-flex.large",
    "c7a.large",
    "g5.xlarge",
    "g4dn.xlarge",
    "u-6tb1.metal",
  ])("%s has processors of amd64", (type) => expect(architectureOf(type)).toBe("amd64"));

  it("must be of the machines' architecture, and be one", () => {
    expect(instanceTypeProblem("m7i.large", "amd64")).toBeUndefined();
    expect(instanceTypeProblem("m7g.large", "amd64")).toContain('"m7g.large" has processors of arm64');
    expect(instanceTypeProblem("large", "amd64")).toContain('"large": not an instance type');
  });
});
