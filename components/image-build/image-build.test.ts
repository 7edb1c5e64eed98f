import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { recordGraph, settled } from "../../tests/support/graph";
import type { BuildSpec } from "./args";
import { buildMistakes } from "./check";
import { checkedBuild, ImageBuild } from "./image-build";
import { imageBuild } from "./job";
import { type GitLogin, gitLoginSecret } from "./secrets";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ofwasm-build-"));
  writeFileSync(join(folder, "Dockerfile"), "FROM scratch\n");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const git = { url: "https://git.example/team/app.git", revision: COMMIT };
const spec = (change: Partial<BuildSpec> = {}): BuildSpec => ({
  name: "echo",
  namespace: "b",
  image: "r.example:5000/team/echo",
  source: { folder },
  ...change,
});

interface PodOf {
  initContainers: [{ command: string[]; image: string; volumeMounts: object[] }];
  containers: [{ args: string[] }];
  volumes: { name: string }[];
  nodeSelector?: object;
}
const podOf = (change: Partial<BuildSpec>): PodOf => imageBuild(spec(change)).job.spec.template as never as PodOf;
const podSpecOf = (change: Partial<BuildSpec>): PodOf => (podOf(change) as unknown as { spec: PodOf }).spec;

describe("a build", () => {
  test("is the same for the same source and arguments, byte for byte, whatever the order they are given in", () => {
    const argument = fc.dictionary(fc.stringMatching(/^[A-Z]{1,4}$/), fc.string({ maxLength: 8 }), { maxKeys: 4 });
    fc.assert(
      fc.property(argument, fc.uint8Array({ maxLength: 50 }), (buildArgs, content) => {
        writeFileSync(join(folder, "content"), content);
        const turned = Object.fromEntries(Object.entries(buildArgs).reverse());
        expect(JSON.stringify(imageBuild(spec({ buildArgs: turned })))).toBe(
          JSON.stringify(imageBuild(spec({ buildArgs }))),
        );
      }),
      { numRuns: 30 },
    );
  });

  test("has another tag, and so another Job, when anything that decides the image is another", () => {
    const sources: Partial<BuildSpec>[] = [
      {},
      { source: git },
      { source: { ...git, revision: "v1" } },
      { source: { ...git, contextDir: "sub" } },
    ];
    const changes: Partial<BuildSpec>[] = [
      { image: "r.example:5000/team/other" },
      { buildArgs: { A: "1" } },
      { buildArgs: { A: "2" } },
      { registries: { insecure: ["r.example:5000"] } },
      { registries: { block: ["r.example:5000"] } },
      { strategy: { image: "buildah:2" } },
      { strategy: { privileged: true } },
      { dockerfile: "other/Dockerfile" },
      { trigger: "again" },
    ];
    mkdirSync(join(folder, "other"));
    writeFileSync(join(folder, "other/Dockerfile"), "FROM scratch\n");
    const builds = [...sources, ...changes].map((change) => imageBuild(spec(change)));
    expect(new Set(builds.map(({ tag }) => tag)).size).toBe(builds.length);
    for (const { tag, reference, job } of builds) {
      expect(reference.endsWith(`:${tag}`)).toBe(true);
      expect(job.metadata.name).toMatch(new RegExp(`^echo-${tag}-[0-9a-f]{5}$`));
    }
  });

  test("is not another one for what does not decide the image", () => {
    const { tag } = imageBuild(spec());
    expect(imageBuild(spec({ timeoutSeconds: 60 })).tag).toBe(tag);
    expect(imageBuild(spec({ namespace: "other" })).tag).toBe(tag);
    const fetched = imageBuild(spec({ source: git })).tag;
    expect(imageBuild(spec({ source: { ...git, credentials: "login", image: "git:1" } })).tag).toBe(fetched);
  });

  test("is another Job with the same tag for another login, node or owner: a Job's pod cannot be changed", () => {
    const changes: Partial<BuildSpec>[] = [
      {},
      { credentials: "push" },
      { credentials: "push-again" },
      { nodeSelector: { a: "b" } },
      { owner: "stack-one" },
      { owner: "stack-two" },
    ];
    const builds = changes.map((change) => imageBuild(spec(change)));
    expect(new Set(builds.map(({ reference }) => reference)).size).toBe(1);
    expect(new Set(builds.map(({ job }) => job.metadata.name)).size).toBe(changes.length);
  });

  test("has a Job whose name fits into a label", () => {
    expect(imageBuild(spec({ name: "a".repeat(40) })).job.metadata.name).toHaveLength(63);
  });

  test("is not found by the function's own Service", () => {
    const { labels } = (podOf({}) as unknown as { metadata: { labels: object } }).metadata;
    expect(labels).toEqual({ "app.kubernetes.io/name": "echo-build" });
  });

  test("ends at its first failure or its deadline, and is made again when it has failed", () => {
    const { job } = imageBuild(spec({ timeoutSeconds: 60 }));
    expect(job.spec).toMatchObject({ backoffLimit: 0, activeDeadlineSeconds: 60 });
    expect(job.spec).not.toHaveProperty("ttlSecondsAfterFinished");
    expect(job.metadata.annotations).toEqual({ "pulumi.com/replaceUnready": "true" });
  });

  test("of a folder carries it in a ConfigMap of its own that nobody changes", () => {
    const { configMap, job } = imageBuild(spec());
    expect(configMap).toMatchObject({ metadata: { name: job.metadata.name, namespace: "b" }, immutable: true });
    expect(podSpecOf({}).volumes).toContainEqual({
      name: "archive",
      configMap: { name: job.metadata.name, items: [{ key: "source.tar.gz", path: "source.tar.gz" }] },
    });
  });

  test("of a repository fetches one commit, and has no login but in a volume", () => {
    const source = { ...git, contextDir: "apps/echo", credentials: "git-login", image: "git:1" };
    const { initContainers, containers, volumes } = podSpecOf({ source, nodeSelector: { a: "b" } });
    expect(initContainers[0].image).toBe("git:1");
    expect(initContainers[0].command.slice(3)).toEqual([
      ...["fetch-source", git.url, COMMIT, "/workspace/source", "/workspace/login"],
    ]);
    expect(containers[0].args).toContain("/workspace/source/apps/echo");
    expect(volumes).toContainEqual({ name: "login", secret: { secretName: "git-login", defaultMode: 0o400 } });
    expect(imageBuild(spec({ source })).configMap).toBeUndefined();
  });
});

/** What the build says of arguments that do not do, each with its path. */
function reasonsFor(wrong: BuildSpec): string[] {
  try {
    checkedBuild(wrong);
    return [];
  } catch (error) {
    const { errors } = error as pulumi.InputPropertiesError;
    return (errors ?? []).map(({ propertyPath, reason }) => `${propertyPath}: ${reason}`);
  }
}

describe("arguments that do not do", () => {
  test.each<[string, Partial<BuildSpec>, RegExp]>([
    ["a name that is no label", { name: "Echo" }, /^name: "Echo" is no DNS label/],
    ["a name that leaves no room for the tag", { name: "a".repeat(41) }, /^name: /],
    ["an image with a tag", { image: "r.example/echo:1" }, /^image: .*without a tag/],
    ["an image with a digest", { image: `r.example/echo@sha256:${"a".repeat(64)}` }, /^image: /],
    ["an image without a registry", { image: "echo" }, /^image: /],
    ["a Dockerfile outside", { dockerfile: "../Dockerfile" }, /^dockerfile: .*leaves the source/],
    ["an ARG that is none", { buildArgs: { "a-b": "1" } }, /^buildArgs.a-b: /],
    ["a registry that is an option", { registries: { block: ["--x"] } }, /^registries.block\[0\]: "--x" is no name/],
    ["no time", { timeoutSeconds: 0 }, /^timeoutSeconds: 0 is no whole number from 10 to 86400/],
    ["no folder", { source: { folder: "" } }, /^source.folder: is empty/],
    [
      "a folder that is not there",
      { source: { folder: "/nowhere" } },
      /^source.folder: .*\/nowhere is not there; give/,
    ],
    ["a folder without its Dockerfile", { dockerfile: "Docker" }, /^source.folder: .* has no file Docker; set/],
    ["a branch's short commit", { source: { ...git, revision: "" } }, /^source.revision: .*full commit/],
    ["a revision that is an option", { source: { ...git, revision: "--upload-pack=x" } }, /^source.revision: /],
    ["a URL that is an option", { source: { ...git, url: "--upload-pack=x" } }, /^source.url: /],
    ["a URL that runs a program", { source: { ...git, url: "ext::sh -c id" } }, /^source.url: /],
    [
      "a password in the URL",
      { source: { ...git, url: "https://u:SECRET@git.example/a" } },
      /^source.url: "https:\/\/…@git.example\/a" has a password/,
    ],
    [
      "a password with signs that no URL has",
      { source: { ...git, url: "https://u:SEC/RET@git.example/a" } },
      /^source.url: "https:\/\/…@git.example\/a" is no address/,
    ],
    ["ssh in its own form", { source: { ...git, url: "git@git.example:a/b" } }, /^source.url: .*https:\/\/ or ssh/],
    [
      "a password without TLS",
      { source: { ...git, url: "http://git.example/a", credentials: "s" } },
      /^source.url: .*would show the password/,
    ],
    ["ssh without a key", { source: { ...git, url: "ssh://git@git.example/a" } }, /^source.credentials: is missing/],
    ["a folder outside the repository", { source: { ...git, contextDir: "a/../.." } }, /^source.contextDir: /],
  ])("%s", (_, change, reason) => {
    const found = reasonsFor(spec(change));
    expect(found).toEqual([expect.stringMatching(reason)]);
    expect(found.join()).not.toMatch(/SEC|RET/);
  });

  test("are told where others are known only later", () => {
    const later = pulumi.output("later");
    const args = { ...spec(), namespace: later, image: later, dockerfile: "../Dockerfile" };
    expect(buildMistakes(args).map(({ propertyPath }) => propertyPath)).toEqual(["dockerfile"]);
    const source = { url: later, revision: "a..b", contextDir: later };
    expect(buildMistakes({ ...spec(), source }).map(({ propertyPath }) => propertyPath)).toEqual(["source.revision"]);
  });

  test("are a folder that is too large, with what is largest", () => {
    writeFileSync(join(folder, "noise"), randomBytes(1_100_000));
    expect(reasonsFor(spec())).toEqual([expect.stringMatching(/^source.folder: .*noise \(1100000 bytes\)/)]);
    writeFileSync(join(folder, "noise"), Buffer.alloc(1_100_000));
    expect(reasonsFor(spec())).toEqual([]);
  });

  test("are told all at once, and right ones are none", () => {
    expect(() => checkedBuild(spec({ name: "X", image: "x" }))).toThrow(/build "X"/);
    expect(buildMistakes(spec({ name: "X", image: "x", dockerfile: "/x" }))).toHaveLength(3);
    for (const revision of [COMMIT, "v1.2.3", "release/2024-01", "a".repeat(64)])
      expect(buildMistakes(spec({ source: { ...git, revision } }))).toEqual([]);
    for (const url of ["https://git.example/a", "http://git.svc:8080/a.git", "https://me@git.example/a"])
      expect(buildMistakes(spec({ source: { ...git, url } }))).toEqual([]);
    expect(
      buildMistakes(spec({ source: { ...git, url: "ssh://git@git.example:22/a.git", credentials: "key" } })),
    ).toEqual([]);
  });
});

describe("the component", () => {
  const declare = async (source: { folder: string } | typeof git) => {
    const graph = recordGraph();
    const { name: _, ...rest } = spec();
    const build = new ImageBuild("echo", { ...rest, source, image: pulumi.output(rest.image), timeoutSeconds: 120 });
    const image = await settled(build.image);
    const urn = await settled(build.urn);
    await pulumi.runtime.disconnect();
    return { graph, image, urn };
  };

  test("declares the source before the Job, and gives the image by the Job's tag", async () => {
    const { graph, image, urn } = await declare({ folder });
    const { job, reference } = imageBuild(spec({ owner: urn }));
    expect(urn).toMatch(/^urn:pulumi:dev::project::.*::echo$/);
    expect([...graph.keys()]).toEqual(["echo", "echo-source", "echo-job"]);
    expect(graph.get("echo-job")?.dependsOn).toContain("echo-source");
    expect(graph.get("echo-source")?.ignoreChanges).toEqual(["binaryData"]);
    expect((graph.get("echo-job")?.inputs.metadata as { name: string }).name).toBe(job.metadata.name);
    expect(image).toBe(reference);
  });

  test("of a repository has no source to declare", async () => {
    expect([...(await declare(git)).graph.keys()]).toEqual(["echo", "echo-job"]);
  });
});

test("a login to git is a Secret of the type that its kind has, and its secret part is one to Pulumi too", async () => {
  const metadata = { name: "git", namespace: "b" };
  const secret = (login: GitLogin, part: string) =>
    Promise.all([
      settled(pulumi.output(gitLoginSecret(metadata, login))),
      pulumi.isSecret((gitLoginSecret(metadata, login).stringData as Record<string, pulumi.Output<string>>)[part]!),
    ]);
  expect(await secret({ username: "u", password: "p" }, "password")).toEqual([
    { metadata, type: "kubernetes.io/basic-auth", stringData: { username: "u", password: "p" } },
    true,
  ]);
  expect(await secret({ privateKey: "k", knownHosts: "h" }, "ssh-privatekey")).toEqual([
    { metadata, type: "kubernetes.io/ssh-auth", stringData: { "ssh-privatekey": "k", known_hosts: "h" } },
    true,
  ]);
});
