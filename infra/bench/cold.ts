import type { BenchPart } from "./context";

const REACH_SECONDS = 20 * 60;

/** The only figure that costs what it measures: an empty cache, which nobody wants to have measured by the way. */
export const coldPart: BenchPart = {
  description: "cold toolchain; never run here",
  async measure() {
    return [
      {
        part: "cold",
        what: "cold toolchain from registries only",
        unit: "s",
        reach: REACH_SECONDS,
        values: [],
        notes: ["not run: it would build everything anew; to see it: OFWASM_CACHE=$(mktemp -d) npm run up"],
      },
    ];
  },
};
