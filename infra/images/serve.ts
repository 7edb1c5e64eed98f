import type { ImagePin } from "./pin";

const NO_DIGEST = "no public source states a digest of this tag";
const ONLY_HOME = `${NO_DIGEST}, and Docker Hub is the only home of OpenFunction's images`;

const unpinned = (rendered: string, home: string, reason: string): ImagePin => ({ rendered, home, unpinned: reason });

const dapr = (part: string): ImagePin =>
  unpinned(`docker.io/daprio/${part}:1.11.3`, `docker.io/daprio/${part}:1.11.3`, NO_DIGEST);

const keda = (part: string): ImagePin =>
  unpinned(`ghcr.io/kedacore/${part}:2.11.2`, `ghcr.io/kedacore/${part}:2.11.2`, NO_DIGEST);

const openfunction = (image: string): ImagePin => unpinned(image, `docker.io/${image}`, ONLY_HOME);

/**
 * What Knative 1.3.2, net-contour 1.3.0, Contour 1.23.3, Dapr 1.11.3, KEDA 2.11.2 and OpenFunction 1.2.0 run. Knative's
 * own releases of 2026 still name gcr.io/knative-releases. The chart's Contour and Envoy are Bitnami's builds, which
 * were taken away in 2025: the projects' own images of the same versions are taken instead.
 */
export const serveImages: readonly ImagePin[] = [
  {
    rendered: "gcr.io/knative-releases/knative.dev/serving/cmd/activator:v1.3.2",
    home: "gcr.io/knative-releases/knative.dev/serving/cmd/activator:v1.3.2",
    digest: "sha256:01270196a1eba7e5fd5fe34b877c82a7e8c93861de535a82342717d28f81d671",
    statedBy: [
      "knative/operator:cmd/operator/kodata/knative-serving/1.3.2/2-serving-core.yaml@6f48b585c95440c039ef8624cbaa73df2dab3e52",
      "caraml-dev/helm-charts:charts/knative-serving-core/values.yaml@d6b4002f1d172dd731b30e4b9cbdc7378054a123 (appVersion v1.3.2)",
      "OpenFunction/charts:knative-serving/README.md@abcac25f0c3441e4c81b19832a5aa31d0ede2522 (chart and appVersion 1.3.2)",
    ],
  },
  {
    rendered: "gcr.io/knative-releases/knative.dev/serving/cmd/autoscaler:v1.3.2",
    home: "gcr.io/knative-releases/knative.dev/serving/cmd/autoscaler:v1.3.2",
    digest: "sha256:c5a03a236bfe2abdc7d40203d787668c8accaaf39062a86e68b4d403077835e2",
    statedBy: [
      "knative/operator:cmd/operator/kodata/knative-serving/1.3.2/2-serving-core.yaml@6f48b585c95440c039ef8624cbaa73df2dab3e52",
      "caraml-dev/helm-charts:charts/knative-serving-core/values.yaml@d6b4002f1d172dd731b30e4b9cbdc7378054a123 (appVersion v1.3.2)",
      "OpenFunction/charts:knative-serving/README.md@abcac25f0c3441e4c81b19832a5aa31d0ede2522 (chart and appVersion 1.3.2)",
    ],
  },
  {
    rendered: "gcr.io/knative-releases/knative.dev/serving/cmd/queue:v1.3.2",
    home: "gcr.io/knative-releases/knative.dev/serving/cmd/queue:v1.3.2",
    digest: "sha256:2249dc873059c0dfc0783bce5f614a0d8ada3d4499d63aa1dffd19f2788ba64b",
    statedBy: [
      "knative/operator:cmd/operator/kodata/knative-serving/1.3.2/2-serving-core.yaml@6f48b585c95440c039ef8624cbaa73df2dab3e52",
      "caraml-dev/helm-charts:charts/knative-serving-core/values.yaml@d6b4002f1d172dd731b30e4b9cbdc7378054a123 (appVersion v1.3.2)",
      "OpenFunction/charts:knative-serving/README.md@abcac25f0c3441e4c81b19832a5aa31d0ede2522 (chart and appVersion 1.3.2)",
    ],
  },
  {
    rendered: "gcr.io/knative-releases/knative.dev/serving/cmd/controller:v1.3.2",
    home: "gcr.io/knative-releases/knative.dev/serving/cmd/controller:v1.3.2",
    digest: "sha256:cc33e6392485e9d015886d4443324b9a41c17f6ce98b31ef4b19e47325a9a7e8",
    statedBy: [
      "knative/operator:cmd/operator/kodata/knative-serving/1.3.2/2-serving-core.yaml@6f48b585c95440c039ef8624cbaa73df2dab3e52",
      "caraml-dev/helm-charts:charts/knative-serving-core/values.yaml@d6b4002f1d172dd731b30e4b9cbdc7378054a123 (appVersion v1.3.2)",
      "OpenFunction/charts:knative-serving/README.md@abcac25f0c3441e4c81b19832a5aa31d0ede2522 (chart and appVersion 1.3.2)",
    ],
  },
  {
    rendered: "gcr.io/knative-releases/knative.dev/serving/cmd/domain-mapping:v1.3.2",
    home: "gcr.io/knative-releases/knative.dev/serving/cmd/domain-mapping:v1.3.2",
    digest: "sha256:00a26f25ef119952b0ecf890f9f9dcb877b5f5d496f43c44756b93343d71b66e",
    statedBy: [
      "knative/operator:cmd/operator/kodata/knative-serving/1.3.2/2-serving-core.yaml@6f48b585c95440c039ef8624cbaa73df2dab3e52",
      "caraml-dev/helm-charts:charts/knative-serving-core/values.yaml@d6b4002f1d172dd731b30e4b9cbdc7378054a123 (appVersion v1.3.2)",
      "OpenFunction/charts:knative-serving/README.md@abcac25f0c3441e4c81b19832a5aa31d0ede2522 (chart and appVersion 1.3.2)",
    ],
  },
  {
    rendered: "gcr.io/knative-releases/knative.dev/serving/cmd/domain-mapping-webhook:v1.3.2",
    home: "gcr.io/knative-releases/knative.dev/serving/cmd/domain-mapping-webhook:v1.3.2",
    digest: "sha256:f8f09d3a509b0c25d50be7532d4337a30df4ec5f51b9ed23ad9f21b3940c16ca",
    statedBy: [
      "knative/operator:cmd/operator/kodata/knative-serving/1.3.2/2-serving-core.yaml@6f48b585c95440c039ef8624cbaa73df2dab3e52",
      "caraml-dev/helm-charts:charts/knative-serving-core/values.yaml@d6b4002f1d172dd731b30e4b9cbdc7378054a123 (appVersion v1.3.2)",
      "OpenFunction/charts:knative-serving/README.md@abcac25f0c3441e4c81b19832a5aa31d0ede2522 (chart and appVersion 1.3.2)",
    ],
  },
  {
    rendered: "gcr.io/knative-releases/knative.dev/serving/cmd/webhook:v1.3.2",
    home: "gcr.io/knative-releases/knative.dev/serving/cmd/webhook:v1.3.2",
    digest: "sha256:b001a58cb7eac7fbae4d83d8a111fa0f6726d36e86844d5b1dc3c9b8fdd5710a",
    statedBy: [
      "knative/operator:cmd/operator/kodata/knative-serving/1.3.2/2-serving-core.yaml@6f48b585c95440c039ef8624cbaa73df2dab3e52",
      "caraml-dev/helm-charts:charts/knative-serving-core/values.yaml@d6b4002f1d172dd731b30e4b9cbdc7378054a123 (appVersion v1.3.2)",
      "OpenFunction/charts:knative-serving/README.md@abcac25f0c3441e4c81b19832a5aa31d0ede2522 (chart and appVersion 1.3.2)",
    ],
  },
  {
    rendered: "gcr.io/knative-releases/knative.dev/net-contour/cmd/controller:v1.3.0",
    home: "gcr.io/knative-releases/knative.dev/net-contour/cmd/controller:v1.3.0",
    digest: "sha256:8a91ddd952225b231d05054698e381d3af9c36e86bc472261e3a865a00c206aa",
    statedBy: [
      "knative/operator:cmd/operator/kodata/ingress/1.3/net-contour.yaml@3634ebb6096f49a3cc0eeefd38d4d0015e4bc0d5",
      "OpenFunction/charts:knative-serving/README.md@abcac25f0c3441e4c81b19832a5aa31d0ede2522 (chart and appVersion 1.3.2)",
    ],
  },
  unpinned(
    "docker.io/bitnami/contour:1.23.3-debian-11-r0",
    "ghcr.io/projectcontour/contour:v1.23.3",
    `${NO_DIGEST}; of 1.23.2 only those of single architectures are`,
  ),
  {
    rendered: "docker.io/bitnami/envoy:1.24.2-debian-11-r0",
    home: "docker.io/envoyproxy/envoy:v1.24.2",
    digest: "sha256:a64ee326eebcaed29118ce15bccd7753e61623f8c42c5ce2905bcb2d0dea47c8",
    statedBy: [
      "namespacelabs/foundation:std/networking/gateway/server/server.cue@4db94df8260db5ab6fe079e7f43d05ba1cbf6d71 (unchanged at f205f342063261536e2cb79d0439acd0d96b19b6)",
    ],
  },
  ...["operator", "placement", "sentry", "injector", "daprd"].map(dapr),
  ...["keda", "keda-metrics-apiserver", "keda-admission-webhooks"].map(keda),
  ...[
    "openfunction/openfunction:v1.2.0",
    "openfunction/eventsource-handler:v4",
    "openfunction/trigger-handler:v4",
    "openfunction/dapr-proxy:v0.1.1",
  ].map(openfunction),
  unpinned(
    "openfunction/kube-rbac-proxy:v0.8.0",
    "quay.io/brancz/kube-rbac-proxy:v0.8.0",
    "digests are stated for a copy at gcr.io/kubebuilder, which is gone, and for none that is alive",
  ),
];
