import { X509Certificate } from "node:crypto";
import type { Difference } from "./finding";

const DAY_MS = 86_400_000;

/** Days before the end in which a certificate is named: what renews by itself has done so long before. */
const WARNING_DAYS = 30;

/** Days in which nothing else is as urgent. */
const ERROR_DAYS = 7;

/**
 * Judges a certificate by its end.
 *
 * @param what file or object that it is in
 * @param endMs last millisecond that it is good for, since 1970; 0 when it could not be read
 */
export function certificateDifference(what: string, endMs: number, nowMs: number): Difference | undefined {
  const days = (endMs - nowMs) / DAY_MS;
  if (days >= WARNING_DAYS) return undefined;
  const end = new Date(endMs).toISOString().slice(0, 10);
  return {
    severity: days < ERROR_DAYS ? "error" : "warning",
    what: `certificate ${what}`,
    expected: `good for ${WARNING_DAYS} days and more`,
    found: endMs === 0 ? "no readable certificate" : days < 0 ? `ran out on ${end}` : `runs out on ${end}`,
    why: "whoever checks it refuses the connection from then on",
  };
}

/** Last millisecond that the first certificate of a PEM text is good for; 0 when it is none. */
export function endOfCertificate(pem: string | Buffer): number {
  try {
    return Date.parse(new X509Certificate(pem).validTo);
  } catch {
    return 0;
  }
}
