import type { ImagePin } from "./pin";

/**
 * What Tekton 0.37.2 and Shipwright 0.10.0 run. Tekton's old images went from gcr.io/tekton-releases to
 * ghcr.io/tektoncd with their digests (tekton.dev, 2025-04-03).
 */
export const buildImages: readonly ImagePin[] = [
  {
    rendered: "gcr.io/tekton-releases/github.com/tektoncd/pipeline/cmd/controller:v0.37.2",
    home: "ghcr.io/tektoncd/github.com/tektoncd/pipeline/cmd/controller:v0.37.2",
    digest: "sha256:dda70f21181d01f606bf37103a3f5b65cdfe64412208fcf6feb4c54977f189fd",
    statedBy: [
      "OpenFunction/charts:tekton-pipelines/README.md@abcac25f0c3441e4c81b19832a5aa31d0ede2522 (row *.digest beside repository gcr.io/tekton-releases/github.com/tektoncd/pipeline/cmd/controller and tag v0.37.2)",
    ],
  },
  {
    rendered: "gcr.io/tekton-releases/github.com/tektoncd/pipeline/cmd/webhook:v0.37.2",
    home: "ghcr.io/tektoncd/github.com/tektoncd/pipeline/cmd/webhook:v0.37.2",
    digest: "sha256:2e7187c08e5a43168c89840a74c4609e648e0a391c5b3da8544cf9b835b2d0f9",
    statedBy: [
      "OpenFunction/charts:tekton-pipelines/README.md@abcac25f0c3441e4c81b19832a5aa31d0ede2522 (row *.digest beside repository gcr.io/tekton-releases/github.com/tektoncd/pipeline/cmd/webhook and tag v0.37.2)",
    ],
  },
  {
    rendered: "gcr.io/tekton-releases/github.com/tektoncd/pipeline/cmd/kubeconfigwriter:v0.37.2",
    home: "ghcr.io/tektoncd/github.com/tektoncd/pipeline/cmd/kubeconfigwriter:v0.37.2",
    digest: "sha256:0b31b1c02ff458ad9b7b81cbdf8f028bd54699fa151f221d1e8de6817db93427",
    statedBy: [
      "OpenFunction/charts:tekton-pipelines/README.md@abcac25f0c3441e4c81b19832a5aa31d0ede2522 (row *.digest beside repository gcr.io/tekton-releases/github.com/tektoncd/pipeline/cmd/kubeconfigwriter and tag v0.37.2)",
    ],
  },
  {
    rendered: "gcr.io/tekton-releases/github.com/tektoncd/pipeline/cmd/git-init:v0.37.2",
    home: "ghcr.io/tektoncd/github.com/tektoncd/pipeline/cmd/git-init:v0.37.2",
    digest: "sha256:927aa808433d17e315a258b98e2f1a55f8258e0cb782ccb76280646d0dbe17b5",
    statedBy: [
      "OpenFunction/charts:tekton-pipelines/README.md@abcac25f0c3441e4c81b19832a5aa31d0ede2522 (row *.digest beside repository gcr.io/tekton-releases/github.com/tektoncd/pipeline/cmd/git-init and tag v0.37.2)",
    ],
  },
  {
    rendered: "gcr.io/tekton-releases/github.com/tektoncd/pipeline/cmd/entrypoint:v0.37.2",
    home: "ghcr.io/tektoncd/github.com/tektoncd/pipeline/cmd/entrypoint:v0.37.2",
    digest: "sha256:54f4d25dee6205e9280ffc41acf8dad448cf5f3a318f47dcee49382529bc666f",
    statedBy: [
      "OpenFunction/charts:tekton-pipelines/README.md@abcac25f0c3441e4c81b19832a5aa31d0ede2522 (row *.digest beside repository gcr.io/tekton-releases/github.com/tektoncd/pipeline/cmd/entrypoint and tag v0.37.2)",
    ],
  },
  {
    rendered: "gcr.io/tekton-releases/github.com/tektoncd/pipeline/cmd/nop:v0.37.2",
    home: "ghcr.io/tektoncd/github.com/tektoncd/pipeline/cmd/nop:v0.37.2",
    digest: "sha256:0232234015006651b7316421187c40627c39450a9a30ea9bcc82a69b82f8ce12",
    statedBy: [
      "OpenFunction/charts:tekton-pipelines/README.md@abcac25f0c3441e4c81b19832a5aa31d0ede2522 (row *.digest beside repository gcr.io/tekton-releases/github.com/tektoncd/pipeline/cmd/nop and tag v0.37.2)",
    ],
  },
  {
    rendered: "gcr.io/tekton-releases/github.com/tektoncd/pipeline/cmd/imagedigestexporter:v0.37.2",
    home: "ghcr.io/tektoncd/github.com/tektoncd/pipeline/cmd/imagedigestexporter:v0.37.2",
    digest: "sha256:e32300d37fc9670e72f5bad6476090c5c2140bdefa874c3ddb025a99ef726f2a",
    statedBy: [
      "OpenFunction/charts:tekton-pipelines/README.md@abcac25f0c3441e4c81b19832a5aa31d0ede2522 (row *.digest beside repository gcr.io/tekton-releases/github.com/tektoncd/pipeline/cmd/imagedigestexporter and tag v0.37.2)",
    ],
  },
  {
    rendered: "gcr.io/tekton-releases/github.com/tektoncd/pipeline/cmd/pullrequest-init:v0.37.2",
    home: "ghcr.io/tektoncd/github.com/tektoncd/pipeline/cmd/pullrequest-init:v0.37.2",
    digest: "sha256:7f93752a7af8128aa794c4014b25471af974d3d4e3042d3cf17de0e8c58432e1",
    statedBy: [
      "OpenFunction/charts:tekton-pipelines/README.md@abcac25f0c3441e4c81b19832a5aa31d0ede2522 (row *.digest beside repository gcr.io/tekton-releases/github.com/tektoncd/pipeline/cmd/pullrequest-init and tag v0.37.2)",
    ],
  },
  {
    rendered: "gcr.io/tekton-releases/github.com/tektoncd/pipeline/cmd/workingdirinit:v0.37.2",
    home: "ghcr.io/tektoncd/github.com/tektoncd/pipeline/cmd/workingdirinit:v0.37.2",
    digest: "sha256:74450b8a54a995a8a91382f52970bc14e344ea25fc28482f76dae7b399f35ba9",
    statedBy: [
      "OpenFunction/charts:tekton-pipelines/README.md@abcac25f0c3441e4c81b19832a5aa31d0ede2522 (row *.digest beside repository gcr.io/tekton-releases/github.com/tektoncd/pipeline/cmd/workingdirinit and tag v0.37.2)",
    ],
  },
  {
    rendered:
      "gcr.io/google.com/cloudsdktool/cloud-sdk@sha256:27b2c22bf259d9bc1a291e99c63791ba0c27a04d2db0a43241ba0f1f20f4067f",
    home: "gcr.io/google.com/cloudsdktool/cloud-sdk:302.0.0-slim",
    digest: "sha256:27b2c22bf259d9bc1a291e99c63791ba0c27a04d2db0a43241ba0f1f20f4067f",
    statedBy: [
      "tektoncd/pipeline:config/controller.yaml@19940f28f123a5b686a6b41e69b2fe00033e3913 (tag v0.37.2)",
      "OpenFunction/charts:tekton-pipelines/values.yaml@abcac25f0c3441e4c81b19832a5aa31d0ede2522",
    ],
  },
  {
    rendered: "ghcr.io/distroless/busybox@sha256:19f02276bf8dbdd62f069b922f10c65262cc34b710eea26ff928129a736be791",
    home: "cgr.dev/chainguard/busybox",
    digest: "sha256:19f02276bf8dbdd62f069b922f10c65262cc34b710eea26ff928129a736be791",
    statedBy: [
      "tektoncd/pipeline:config/controller.yaml@19940f28f123a5b686a6b41e69b2fe00033e3913 (tag v0.37.2)",
      "tektoncd/pipeline:config/controller.yaml@3ee1745ae5b2d9175b11917d7c1935eaad44910c (HEAD 2026-08-20: cgr.dev/chainguard/busybox@same digest)",
    ],
  },
  {
    rendered:
      "mcr.microsoft.com/powershell:nanoserver@sha256:b6d5ff841b78bdf2dfed7550000fd4f3437385b8fa686ec0f010be24777654d6",
    home: "mcr.microsoft.com/powershell:nanoserver",
    uncopied: "for steps on Windows nodes, and its layers may not be passed on: registries refuse them",
    digest: "sha256:b6d5ff841b78bdf2dfed7550000fd4f3437385b8fa686ec0f010be24777654d6",
    statedBy: [
      "tektoncd/pipeline:config/controller.yaml@19940f28f123a5b686a6b41e69b2fe00033e3913 (tag v0.37.2)",
      "tektoncd/pipeline:config/controller.yaml@3ee1745ae5b2d9175b11917d7c1935eaad44910c (HEAD 2026-08-20)",
      "OpenFunction/charts:tekton-pipelines/values.yaml@abcac25f0c3441e4c81b19832a5aa31d0ede2522",
    ],
  },
  {
    rendered: "ghcr.io/shipwright-io/build/shipwright-build-controller:v0.10.0",
    home: "ghcr.io/shipwright-io/build/shipwright-build-controller:v0.10.0",
    digest: "sha256:1994c5513aff5c0cd113e604f80bd8a8ae0e5f954ef3ab8a5821b916bc15b6a3",
    statedBy: [
      "shipwright-io/operator:kodata/release.yaml@cf34eab2161a549c0bb8e89e560a287769a05c2b",
      "OpenFunction/charts:shipwright-build/README.md@abcac25f0c3441e4c81b19832a5aa31d0ede2522",
    ],
  },
  {
    rendered: "ghcr.io/shipwright-io/build/git:v0.10.0",
    home: "ghcr.io/shipwright-io/build/git:v0.10.0",
    digest: "sha256:a933fc661fd1dfe4f8ea3a2f091ff8a92717acbd573c56d3c960137e5bfadf6e",
    statedBy: [
      "shipwright-io/operator:kodata/release.yaml@cf34eab2161a549c0bb8e89e560a287769a05c2b",
      "OpenFunction/charts:shipwright-build/README.md@abcac25f0c3441e4c81b19832a5aa31d0ede2522",
    ],
  },
  {
    rendered: "ghcr.io/shipwright-io/build/mutate-image:v0.10.0",
    home: "ghcr.io/shipwright-io/build/mutate-image:v0.10.0",
    digest: "sha256:2aaf02ab9acb0b63e25ada712bf63bdbb7581dce69b91661c701c402881b94de",
    statedBy: [
      "shipwright-io/operator:kodata/release.yaml@cf34eab2161a549c0bb8e89e560a287769a05c2b",
      "OpenFunction/charts:shipwright-build/README.md@abcac25f0c3441e4c81b19832a5aa31d0ede2522",
    ],
  },
  {
    rendered: "ghcr.io/shipwright-io/build/bundle:v0.10.0",
    home: "ghcr.io/shipwright-io/build/bundle:v0.10.0",
    digest: "sha256:61ba0636de85637541c518e1fbf8a8d4c2154692391787105d9743211b5360ba",
    statedBy: [
      "shipwright-io/operator:kodata/release.yaml@cf34eab2161a549c0bb8e89e560a287769a05c2b",
      "OpenFunction/charts:shipwright-build/README.md@abcac25f0c3441e4c81b19832a5aa31d0ede2522",
    ],
  },
  {
    rendered: "ghcr.io/shipwright-io/build/waiter:v0.10.0",
    home: "ghcr.io/shipwright-io/build/waiter:v0.10.0",
    digest: "sha256:f87cd7710680a18477e19d1c1a761573579cfc97aa45f4a485cc6231325b4f3d",
    statedBy: [
      "shipwright-io/operator:kodata/release.yaml@cf34eab2161a549c0bb8e89e560a287769a05c2b",
      "OpenFunction/charts:shipwright-build/README.md@abcac25f0c3441e4c81b19832a5aa31d0ede2522",
    ],
  },
  {
    rendered: "quay.io/containers/buildah:v1.28.0",
    home: "quay.io/containers/buildah:v1.28.0",
    unpinned: "no public source states a digest of 1.28.0; the tag names one release",
  },
];
