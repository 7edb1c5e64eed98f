import { encodeImage } from "../oci";
import { registryContents } from "./contents";

test("a registry's folder has an image as if it had been pushed: every blob once, and the links to them", async () => {
  const image = await encodeImage({ names: ["r.example/rust:1"], layers: [[{ path: "/a", data: "a" }]] });
  const entries = registryContents({ repository: "rust", tag: "t", image });
  const files = new Map(entries.map((entry) => [entry.path, "data" in entry ? entry.data : undefined]));
  const base = "/contents/docker/registry/v2";
  const digests = [image.manifest, image.config, ...image.layers].map(({ digest }) => digest);
  for (const digest of digests) {
    const hash = digest.replace("sha256:", "");
    expect(files.get(`${base}/blobs/sha256/${hash.slice(0, 2)}/${hash}/data`)).toBe(image.blobs.get(digest));
  }
  const { digest } = image.manifest;
  const hash = digest.replace("sha256:", "");
  const repository = `${base}/repositories/rust`;
  expect(files.get(`${repository}/_manifests/tags/t/current/link`)).toBe(digest);
  expect(files.get(`${repository}/_manifests/tags/t/index/sha256/${hash}/link`)).toBe(digest);
  expect(files.get(`${repository}/_manifests/revisions/sha256/${hash}/link`)).toBe(digest);
  expect([...files.keys()].filter((path) => path.includes("/_layers/"))).toHaveLength(2);
});
