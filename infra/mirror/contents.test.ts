import { imagePins, imageReference } from "../images";
import { pins } from "../pins";
import { versions } from "../versions";
import { type MirrorChoice, mirrorContents } from "./contents";
import { contentsText } from "./text";

const choice: MirrorChoice = {
  kubernetesVersion: versions.kubernetes.download,
  crunVersion: versions.crun,
  wasmedgeVersion: versions.wasmedge,
  network: "l2",
};

const REGISTRY = "registry.example.org:5000/mirror";

/** Pinned, and downloaded by nothing: known versions for those who look. */
const NOT_DOWNLOADED = ["wasmedge-source", "kubectl", "containerd", "runc"];

test.each(["amd64", "arm64"] as const)("every pinned file that something downloads is listed: %s", (architecture) => {
  const { charts, downloads } = mirrorContents(choice, architecture);
  const expected = pins.filter(
    (one) =>
      (one.architecture === architecture || one.architecture === "any") &&
      !NOT_DOWNLOADED.some((name) => one.name === name),
  );
  expect([...charts, ...downloads].map(({ sha256, url }) => `${sha256} ${url}`).sort()).toEqual(
    expected.map(({ sha256, url }) => `${sha256} ${url}`).sort(),
  );
  expect(downloads.map(({ name }) => name)).toContain(`cni-plugins ${versions.cniPlugins}`);
});

test("a chart is listed under the name that a mirror has it by", () => {
  expect(mirrorContents(choice, "amd64").charts.map(({ file }) => file)).toContain(
    "charts/openfunction-v1.2.0-v0.7.0.tgz",
  );
});

test("machines that bring Kubernetes along download none of it", () => {
  const { downloads } = mirrorContents({ ...choice, kubernetesVersion: versions.kubernetes.module }, "amd64");
  expect(downloads.filter(({ by }) => by !== "this host")).toEqual([]);
});

test("a crun without a published checksum is refused, as where it is built", () => {
  expect(() => mirrorContents({ ...choice, crunVersion: "9.9" }, "amd64")).toThrow(
    /crun-source 9\.9 .*has no published checksum/,
  );
});

test.each([undefined, REGISTRY])("each image is listed as pods pull it, from %s", (imageRegistry) => {
  const { images } = mirrorContents({ ...choice, imageRegistry }, "amd64");
  expect(images.map(({ reference }) => reference)).toEqual(imagePins.map((one) => imageReference(one, imageRegistry)));
  for (const { reference, unpinned } of images) expect(reference.includes("@sha256:")).toBe(unpinned === undefined);
});

test("a copy goes from the digest at its home, where there is one, to the tag that pods name", () => {
  const { images } = mirrorContents({ ...choice, imageRegistry: REGISTRY }, "amd64");
  expect(images.filter(({ reference }) => /busybox|shipwright-io.build.git|buildah/.test(reference))).toEqual([
    {
      reference: `${REGISTRY}/cgr.dev/chainguard/busybox@sha256:19f02276bf8dbdd62f069b922f10c65262cc34b710eea26ff928129a736be791`,
      folder: "images/cgr.dev/chainguard/busybox/19f02276bf8dbdd62f069b922f10c65262cc34b710eea26ff928129a736be791",
      digest: "sha256:19f02276bf8dbdd62f069b922f10c65262cc34b710eea26ff928129a736be791",
      copy: {
        from: "docker://cgr.dev/chainguard/busybox@sha256:19f02276bf8dbdd62f069b922f10c65262cc34b710eea26ff928129a736be791",
        to: `docker://${REGISTRY}/cgr.dev/chainguard/busybox`,
      },
    },
    {
      reference: `${REGISTRY}/ghcr.io/shipwright-io/build/git:v0.10.0@sha256:a933fc661fd1dfe4f8ea3a2f091ff8a92717acbd573c56d3c960137e5bfadf6e`,
      folder: "images/ghcr.io/shipwright-io/build/git/v0.10.0",
      digest: "sha256:a933fc661fd1dfe4f8ea3a2f091ff8a92717acbd573c56d3c960137e5bfadf6e",
      copy: {
        from: "docker://ghcr.io/shipwright-io/build/git@sha256:a933fc661fd1dfe4f8ea3a2f091ff8a92717acbd573c56d3c960137e5bfadf6e",
        to: `docker://${REGISTRY}/ghcr.io/shipwright-io/build/git:v0.10.0`,
      },
    },
    {
      reference: `${REGISTRY}/quay.io/containers/buildah:v1.28.0`,
      folder: "images/quay.io/containers/buildah/v1.28.0",
      copy: {
        from: "docker://quay.io/containers/buildah:v1.28.0",
        to: `docker://${REGISTRY}/quay.io/containers/buildah:v1.28.0`,
      },
      unpinned: expect.stringContaining("no public source states a digest"),
    },
  ]);
  // skopeo refuses a tag and a digest at once.
  for (const { copy } of images) expect(`${copy.from} ${copy.to}`).not.toMatch(/:[^/:@ ]+@/);
});

test("flannel is pulled on machines of one's own where the pod network is an overlay", () => {
  const names = (network: MirrorChoice["network"]): string =>
    mirrorContents({ ...choice, network }, "amd64")
      .clusterImages.map(({ reference }) => reference)
      .join(" ");
  expect(names("overlay")).toContain(`flannel:v${versions.flannel.version}@${versions.flannel.digest}`);
  expect(names("l2")).not.toContain("flannel");
  expect(names("l2")).toContain(`registry.k8s.io/kube-proxy:v${versions.kubernetes.download}`);
});

test("the text has every address, sum and reference, and says why a digest is missing", () => {
  const contents = mirrorContents(choice, "amd64");
  const text = contentsText(contents, choice.kubernetesVersion);
  for (const { url, sha256 } of [...contents.charts, ...contents.downloads]) {
    expect(text).toContain(url);
    expect(text).toContain(sha256);
  }
  for (const { reference, unpinned } of contents.images) {
    expect(text).toContain(unpinned === undefined ? reference : `${unpinned}\n  ${reference}\n`);
  }
  expect(text).not.toContain("skopeo copy");
  const withRegistry = contentsText(mirrorContents({ ...choice, imageRegistry: REGISTRY }, "amd64"), "1.34.4");
  expect(withRegistry.match(/^ {2}skopeo copy --all --preserve-digests \S+ \S+$/gm)).toHaveLength(imagePins.length);
});
