import { artifactKey } from "../store";
import { buildahImage, registryImage } from ".";
import { packageImage } from "./image";
import { upstreamVersion } from "./root";

const packages = "buildah\t1.28.2+ds1-3+deb12u1+b3\nbash:amd64\t5.2.15-2\nother\t2:4.5-1\n";

test("the version of an image is that of the program, without Debian's part", () => {
  expect(upstreamVersion(packages, "buildah")).toBe("1.28.2");
  expect(upstreamVersion(packages, "other")).toBe("4.5");
  expect(() => upstreamVersion(packages, "build")).toThrow("package build is not in the root");
});

test("what an image is made of decides its key", () => {
  const made = { name: "n", package: "p", repository: "r.example/p", programs: ["/usr/bin/p"], files: ["/etc/p"] };
  const key = (change: object): string => artifactKey(packageImage({ ...made, ...change }));
  const keys = [{}, { programs: [] }, { files: [] }, { image: { cmd: ["p"] } }].map(key);
  expect(new Set([...keys, artifactKey(buildahImage()), artifactKey(registryImage())]).size).toBe(6);
});
