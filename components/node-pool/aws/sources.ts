import { parseCidr } from "../network";

/** What is wrong with a network that something may come from, or nothing. */
export function sourceProblem(cidr: string): string | undefined {
  try {
    return parseCidr(cidr).prefixLength === 0 ? `"${cidr}" is the whole internet; name your networks` : undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
