import { architectureOf, instanceTypeProblem } from "./architecture";
import { imageName, imageProblem } from "./image-name";

describe("an image", () => {
  it.each([
    "ami-0123456789abcdef0",
    "debian-12@20251117-2299",
    "debian-13@20251117-2299",
    "ubuntu-24.04@20260101.1",
  ])("may be %s", (image) => expect(imageProblem(image)).toBeUndefined());

  it.each([
    "",
    "debian-13",
    "debian-13@latest",
    "ubuntu-24.04@current",
    "debian-11@20251117-2299",
    "ami-xyz",
  ])("may not be %j, which is unpinned or unknown", (image) =>
    expect(imageProblem(image)).toContain(`"${image}": give ami-…, or a release and its build`));

  it.each([
    ["debian-13@20251117-2299", "arm64", "136693071363", "debian-13-arm64-20251117-2299"],
    [
      "ubuntu-24.04@20240423",
      "amd64",
      "099720109477",
      "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20240423",
    ],
    [
      "ubuntu-22.04@20240319",
      "arm64",
      "099720109477",
      "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-arm64-server-20240319",
    ],
  ] as const)("%s on %s is looked up in account %s as %s", (image, architecture, owner, name) => {
    expect(imageName(image, architecture)).toEqual({ owner, name });
  });

  it("that is an id is not looked up", () => expect(imageName("ami-0123456789abcdef0", "amd64")).toBeUndefined());
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
