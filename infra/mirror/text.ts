import type { MirrorContents, MirroredFile } from "./contents";

/**
 * The contents for people. Lines that copy images are shell commands, and what is said of them are comments.
 *
 * @param kubernetesVersion of the cluster
 */
export function contentsText(contents: MirrorContents, kubernetesVersion: string): string {
  const withTargets = contents.images.some(({ copy }) => copy.to !== undefined);
  return [
    "Charts: npm run mirror -- sync DIR copies them; the setting mirror reads them",
    ...contents.charts.flatMap((one) => fileLines(one.name, one)),
    "",
    "Downloads: npm run mirror -- sync DIR copies them; the setting mirror is asked before their addresses",
    ...contents.downloads.flatMap((one) => [
      ...fileLines(`${one.name}, by ${one.by}`, one),
      `    where it is not had: ${one.otherwise}`,
    ]),
    "",
    "Package registries: their clients take a mirror by settings of their own",
    ...contents.registries.flatMap(({ name, content, redirectedBy }) => [
      `  ${name}: ${content}`,
      `    redirected by: ${redirectedBy}`,
    ]),
    "",
    withTargets
      ? "Images of the platform: a registry's tool copies them, such as skopeo"
      : "Images of the platform: --set imageRegistry=registry.example.org/mirror shows the commands that copy them",
    ...contents.images.flatMap(({ reference, copy, unpinned, uncopied }) => [
      ...(uncopied === undefined ? [] : [`  # the next one need not be copied: ${uncopied}`]),
      ...(unpinned === undefined ? [] : [`  # no digest of the next one: ${unpinned}`]),
      copy.to === undefined ? `  ${reference}` : `  skopeo copy --all --preserve-digests ${copy.from} ${copy.to}`,
    ]),
    "",
    "Images of the cluster itself, on machines of your own (local ones carry them): imageRegistry does not move them",
    ...contents.clusterImages.map(({ reference, unpinned }) => `  ${reference}${unpinned ? `  # ${unpinned}` : ""}`),
    `  and what kubeadm config images list --kubernetes-version v${kubernetesVersion} prints`,
    "",
  ].join("\n");
}

const fileLines = (title: string, { file, url, sha256 }: MirroredFile): string[] => [
  `  ${title}`,
  `    ${file}`,
  `    ${url}`,
  `    sha256 ${sha256}`,
];
