import type * as pulumi from "@pulumi/pulumi";

/** An object of a kind that a platform brings, whose values may come later. */
export interface CustomObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: pulumi.Input<string>;
    namespace: pulumi.Input<string>;
    labels?: Record<string, pulumi.Input<string>>;
    annotations?: Record<string, pulumi.Input<string>>;
  };
  [field: string]: unknown;
}
