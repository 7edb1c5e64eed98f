import { MAX_UNAVAILABLE, type MaxUnavailable, parseMaxUnavailable } from "../../components/node-runtime/roll-order";
import type { Parser } from "./parse";

/** A number of machines, or a share of them. */
export const maxUnavailable: Parser<MaxUnavailable> = (raw) => {
  const value = parseMaxUnavailable(raw);
  return value === undefined ? { allowed: MAX_UNAVAILABLE } : { value };
};
