import { parseCidr } from "../../components/node-pool/network";

/** One mistake in the configuration: which key, what it says, what is allowed. */
export interface Mistake {
  key: string;
  value: string;
  allowed: string;
}

/** Turns a raw value into a typed one, or says what is allowed. */
export type Parser<T> = (raw: string) => { value: T } | { allowed: string };

export const text = (pattern: RegExp, allowed: string): Parser<string> => {
  return (raw) => (pattern.test(raw) ? { value: raw } : { allowed });
};

export const oneOf = <T extends string>(...values: T[]): Parser<T> => {
  return (raw) => {
    const value = values.find((each) => each === raw);
    return value === undefined ? { allowed: values.join(" or ") } : { value };
  };
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

/** An IPv4 network in its canonical form, no host bits set. */
export const cidr = (widest: number, narrowest: number): Parser<string> => {
  const allowed = `an IPv4 network of /${widest} to /${narrowest} without host bits, such as 10.20.0.0/${widest}`;
  return (raw) => {
    try {
      const { prefixLength } = parseCidr(raw);
      return prefixLength >= widest && prefixLength <= narrowest ? { value: raw } : { allowed };
    } catch {
      return { allowed };
    }
  };
};

/** Empty counts as absent. */
export const optional = <T>(parser: Parser<T>): Parser<T | undefined> => {
  return (raw) => (raw === "" ? { value: undefined } : parser(raw));
};
