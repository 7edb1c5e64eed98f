import { isIPv4 } from "node:net";
import { fingerprint, keyType, parseHostKey } from "../toolchain/plugins/command/ssh/host-key";
import type { Offered } from "./host-keys";
import type { KnownHost } from "./known-host";
import { place, sameSshd } from "./targets";

/** A host whose key is to be looked at. */
export interface Reviewed {
  /** As it is to be in the file. */
  host: KnownHost;
  /** Position in the file's list; absent: it is new. */
  at?: number;
  state: "new" | "known" | "another key";
  fingerprint: string;
  /** What the file has. */
  before?: string;
}

/** What machines offered, beside what the file has of them. */
export function review(offered: readonly Offered[], known: readonly KnownHost[]): Reviewed[] {
  const taken: Taken = {
    names: known.map(({ name }, index) => name ?? `node-${index}`),
    numbers: known.map(({ number }, index) => number ?? index),
  };
  return offered.map((one) => {
    const at = known.findIndex(({ address, port = 22 }) => sameSshd({ address, port }, one.target));
    const found = known[at];
    if (found === undefined) return { host: newHost(one, taken), state: "new", fingerprint: fingerprint(one.blob) };
    const same = found.hostKey.split(" ").slice(0, 2).join(" ") === one.hostKey;
    return {
      host: { ...found, name: found.name ?? `node-${at}`, hostKey: one.hostKey },
      at,
      state: same ? "known" : "another key",
      fingerprint: fingerprint(one.blob),
      ...(same ? {} : { before: fingerprint(parseHostKey(found.hostKey).blob) }),
    };
  });
}

/** What hosts of the list have, those before the next one. */
interface Taken {
  names: string[];
  numbers: number[];
}

function newHost({ target, hostKey, dialled }: Offered, { names, numbers }: Taken): KnownHost {
  const name = target.name ?? `node-${firstFree((number) => names.includes(`node-${number}`))}`;
  names.push(name);
  // Its place in the list, unless a host that moved there from further back has that number.
  const place = numbers.length;
  const number = numbers.includes(place) ? firstFree((one) => numbers.includes(one)) : place;
  numbers.push(number);
  const { address, port, user } = target;
  const internal = !isIPv4(address) && dialled !== undefined && isIPv4(dialled);
  return {
    name,
    ...(number === place ? {} : { number }),
    address,
    ...(internal ? { internalAddress: dialled } : {}),
    ...(port === 22 ? {} : { port }),
    ...(user === "root" ? {} : { user }),
    hostKey,
  };
}

function firstFree(isTaken: (number: number) => boolean): number {
  let number = 0;
  while (isTaken(number)) number += 1;
  return number;
}

/** One line a host, with the fingerprint as `ssh-keygen -lf` shows it. */
export const reviewLines = (reviewed: readonly Reviewed[]): string[] =>
  reviewed.map(
    ({ host, state, fingerprint: print }) =>
      `${host.name}  ${place({ port: 22, ...host })}  ${typeOf(host)}  ${print}  ${state}`,
  );

const typeOf = ({ hostKey }: KnownHost): string => keyType(parseHostKey(hostKey).blob);

/** What is refused before anybody is asked. */
export function refusals(
  reviewed: readonly Reviewed[],
  { replace, expected }: { replace: boolean; expected?: readonly string[] },
): string[] {
  const prints = reviewed.map(({ fingerprint: print }) => print);
  return [
    ...reviewed.flatMap(({ host, state, fingerprint: print, before }) =>
      state === "another key" && !replace
        ? [
            `${host.name} (${place({ port: 22, ...host })}) ANSWERS WITH ANOTHER KEY: the file has ${before}, offered was ${print}. Somebody may be in between. If the machine was really installed anew, give --replace: it then counts as another machine, and what was on it is made again`,
          ]
        : [],
    ),
    ...(expected === undefined
      ? []
      : reviewed.flatMap(({ host, fingerprint: print }) =>
          expected.includes(print) ? [] : [`${host.name}: offered ${print}, which --expect does not list`],
        )),
    ...(expected ?? []).flatMap((print) =>
      prints.includes(print) ? [] : [`--expect ${print}: offered by none of the machines`],
    ),
  ];
}
