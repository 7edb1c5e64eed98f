import type { Pin } from "./pin";

/** What the platform is rendered from. */
export const charts: readonly Pin[] = [
  {
    name: "chart-openfunction",
    version: "0.7.0",
    architecture: "any",
    url: "https://openfunction.github.io/charts/openfunction-v1.2.0-v0.7.0.tgz",
    sha256: "42d87d218f4da1e5bb65a37cc4f66f715a998b1dc2e9a752c461e5068b6cdde9",
    statedBy: [
      "OpenFunction/charts:docs/index.yaml@ee223b1c93fe28617640a6afe63c6efdccadde81",
      "OpenFunction/charts:docs/openfunction-v1.2.0-v0.7.0.tgz@ee223b1c93fe28617640a6afe63c6efdccadde81 (the archive itself, hashed here)",
    ],
    confidence: "high",
  },
  {
    name: "chart-tekton-pipelines",
    version: "0.37.2",
    architecture: "any",
    url: "https://openfunction.github.io/charts/tekton-pipelines-0.37.2.tgz",
    sha256: "90fe5c147a410aa1c26812435704cbcf1891ce2446a8e5f8a3ff62449f736360",
    statedBy: [
      "OpenFunction/charts:docs/index.yaml@ee223b1c93fe28617640a6afe63c6efdccadde81",
      "OpenFunction/charts:docs/tekton-pipelines-0.37.2.tgz@97e74b8c27744a70a333ea180232bcb4c59f2c4f (the archive itself, hashed here)",
    ],
    confidence: "high",
  },
  {
    name: "chart-shipwright-build",
    version: "0.10.0",
    architecture: "any",
    url: "https://openfunction.github.io/charts/shipwright-build-0.10.0.tgz",
    sha256: "06820ce8fe0088b3f95086ce38c5aff3069b691d2d5f1210e5bf77e9632a8611",
    statedBy: [
      "OpenFunction/charts:docs/index.yaml@ee223b1c93fe28617640a6afe63c6efdccadde81",
      "OpenFunction/charts:docs/shipwright-build-0.10.0.tgz@3fb50b2ac2754acc379925b28622d09bdfd7068e (the archive itself, hashed here)",
    ],
    confidence: "high",
  },
  {
    name: "chart-knative-serving",
    version: "1.3.2",
    architecture: "any",
    url: "https://openfunction.github.io/charts/knative-serving-1.3.2.tgz",
    sha256: "134c3b538f96c25862bf85e72e9bbf0fe12dc3497f1e7f47383ccb902a1abd56",
    statedBy: [
      "OpenFunction/charts:docs/index.yaml@ee223b1c93fe28617640a6afe63c6efdccadde81",
      "OpenFunction/charts:docs/knative-serving-1.3.2.tgz@3fb50b2ac2754acc379925b28622d09bdfd7068e (the archive itself, hashed here)",
    ],
    confidence: "high",
  },
];
