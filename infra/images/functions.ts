import type { ImagePin } from "./pin";

/** What functions bring that is not theirs: curl, which asks them once they are deployed (`HTTP_CLIENT_IMAGE`). */
export const functionImages: readonly ImagePin[] = [
  {
    rendered:
      "docker.io/curlimages/curl:8.11.1@sha256:c1fe1679c34d9784c1b0d1e5f62ac0a79fca01fb6377cdd33e90473c6f9f9a69",
    home: "docker.io/curlimages/curl:8.11.1",
    digest: "sha256:c1fe1679c34d9784c1b0d1e5f62ac0a79fca01fb6377cdd33e90473c6f9f9a69",
    statedBy: ["SakthiS-oss/NukeSandbox:terraform/variables.tf@f317b159b6ad3bffae3135a5a28987997752a1e9"],
  },
];
