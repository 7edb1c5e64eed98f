import type { FunctionSpec } from "../args";
import { mistake, when } from "./argument-checks";
import type { Finding } from "./finding";

/** The only place that says that the lane `direct` builds nothing by itself. */
export const directBuildMistake = ({ lane = "direct", build }: FunctionSpec): Finding[] =>
  when(build !== undefined && lane === "direct", () =>
    mistake(
      "build",
      build?.source?.url,
      'the lane "knative" or "openfunction", or an image that was built before',
      'the lane "direct" builds nothing',
    ),
  );
