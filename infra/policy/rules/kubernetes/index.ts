import type { Rule } from "../../rule";
import { accessRules } from "./access";
import { exposureRules } from "./exposure";
import { imageRules } from "./images";
import { podRules } from "./pods";
import { wasmRules } from "./wasm";

export const kubernetesRules: readonly Rule[] = [
  ...imageRules,
  ...wasmRules,
  ...podRules,
  ...accessRules,
  ...exposureRules,
];
