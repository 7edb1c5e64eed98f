/** One mistake in the configuration: which key, what it says, what is allowed. */
export interface Mistake {
  key: string;
  value: string;
  allowed: string;
}

/** An IPv4 network: the address of its first host as a number, and the prefix length. */
export interface Cidr {
  text: string;
  /** First address as an unsigned 32-bit number. */
  base: number;
  prefix: number;
}

/** Turns a raw value into a typed one, or says what is allowed. */
export type Parser<T> = (raw: string) => { value: T } | { allowed: string };

export const text = (pattern: RegExp, allowed: string): Parser<string> => {
  return (raw) => (pattern.test(raw) ? { value: raw } : { allowed });
};

export const integer = (minimum: number, maximum: number): Parser<number> => {
  return (raw) => {
    const value = /^-?\d+$/.test(raw) ? Number(raw) : Number.NaN;
    return value >= minimum && value <= maximum
      ? { value }
      : { allowed: `a whole number from ${minimum} to ${maximum}` };
  };
};

export const flag: Parser<boolean> = (raw) => {
  return raw === "true" || raw === "false" ? { value: raw === "true" } : { allowed: "true or false" };
};

export const oneOf = <T extends string>(...choices: readonly T[]): Parser<T> => {
  return (raw) => {
    const value = choices.find((choice) => choice === raw);
    return value === undefined ? { allowed: choices.join(" or ") } : { value };
  };
};

/** An IPv4 network in its canonical form, no host bits set. */
export const cidr = (widest: number, narrowest: number): Parser<Cidr> => {
  const allowed = `an IPv4 network of /${widest} to /${narrowest} without host bits, such as 10.20.0.0/${widest}`;
  return (raw) => {
    const parsed = parseCidr(raw);
    return parsed && parsed.prefix >= widest && parsed.prefix <= narrowest ? { value: parsed } : { allowed };
  };
};

export function parseCidr(raw: string): Cidr | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(raw);
  if (!match) return undefined;
  const octets = match.slice(1, 5).map(Number);
  const prefix = Number(match[5]);
  if (prefix > 32 || octets.some((octet) => octet > 255)) return undefined;
  const base = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  return base % 2 ** (32 - prefix) === 0 ? { text: raw, base, prefix } : undefined;
}

export function overlaps(a: Cidr, b: Cidr): boolean {
  const end = (network: Cidr): number => network.base + 2 ** (32 - network.prefix);
  return a.base < end(b) && b.base < end(a);
}
