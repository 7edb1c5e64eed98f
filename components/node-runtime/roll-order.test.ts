import fc from "fast-check";
import { inRollOrder, type MaxUnavailable, parseMaxUnavailable, type RollStep, rollOrder } from "./roll-order";

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `m${index}`);

const shown = (steps: readonly RollStep[]): string[] =>
  steps.map(({ machine, after }) => `${machine} after ${after.join(" ")}`.trim());

describe("the order of a roll", () => {
  it.each<[string, number, Parameters<typeof rollOrder>[1], string[]]>([
    ["one after the other", 4, {}, ["m0 after", "m1 after m0", "m2 after m1", "m3 after m2"]],
    ["another canary", 3, { canary: "m2" }, ["m2 after", "m0 after m2", "m1 after m0"]],
    [
      "two at once",
      6,
      { maxUnavailable: 2 },
      ["m0 after", "m1 after m0", "m2 after m0", "m3 after m1", "m4 after m2", "m5 after m3"],
    ],
    ["a share, rounded up", 3, { maxUnavailable: "34%" }, ["m0 after", "m1 after m0", "m2 after m0"]],
    ["all, once the canary is done", 3, { maxUnavailable: "100%" }, ["m0 after", "m1 after m0", "m2 after m0"]],
    ["a single machine", 1, { maxUnavailable: 5 }, ["m0 after"]],
    ["no machine", 0, {}, []],
  ])("%s", (_, count, options, expected) => expect(shown(rollOrder(names(count), options))).toEqual(expected));

  it("names what is wrong", () => {
    expect(() => rollOrder(names(2), { canary: "x" })).toThrow('canary "x" is none of the machines m0, m1');
    expect(() => rollOrder(names(2), { maxUnavailable: 0 })).toThrow(
      'maxUnavailable "0" is not a whole number from 1, or a share of the machines from 1% to 100%',
    );
  });

  const rolls = fc
    .record({ count: fc.integer({ min: 1, max: 40 }), canary: fc.nat(), limit: fc.integer({ min: 1, max: 100 }) })
    .chain(({ count, canary, limit }) =>
      fc.constantFrom<MaxUnavailable>(limit, `${limit}%`).map((maxUnavailable) => ({
        machines: names(count),
        canary: `m${canary % count}`,
        maxUnavailable,
        most: typeof maxUnavailable === "number" ? limit : Math.max(1, Math.ceil((limit / 100) * count - 1e-9)),
      })),
    );

  it("has each machine once and waits only for what comes before, so for no circle", () => {
    fc.assert(
      fc.property(rolls, ({ machines, ...options }) => {
        const steps = rollOrder(machines, options);
        expect(steps.map(({ machine }) => machine).sort()).toEqual([...machines].sort());
        steps.forEach(({ after }, index) => {
          const earlier = steps.slice(0, index).map(({ machine }) => machine);
          for (const one of after) expect(earlier).toContain(one);
        });
      }),
    );
  });

  it("never changes more at once than allowed, however long each takes, and the canary alone", () => {
    const random = fc.infiniteStream(fc.integer({ min: 1, max: 9 }));
    fc.assert(
      fc.property(rolls, random, ({ machines, most, ...options }, seconds) => {
        for (const running of played(rollOrder(machines, options), seconds)) {
          expect(running.length).toBeLessThanOrEqual(most);
          if (running.includes(options.canary)) expect(running).toEqual([options.canary]);
        }
      }),
    );
  });

  it("changes nothing behind a machine that failed, and nothing at all behind a canary that did", () => {
    fc.assert(
      fc.property(rolls, fc.nat(), ({ machines, ...options }, nth) => {
        const steps = rollOrder(machines, options);
        const failed = steps[nth % steps.length]!.machine;
        const changed = new Set<string>();
        for (const { machine, after } of steps)
          if (machine !== failed && after.every((one) => changed.has(one))) changed.add(machine);
        if (failed === options.canary) expect(changed.size).toBe(0);
        if (options.maxUnavailable === 1)
          expect([...changed]).toEqual(steps.slice(0, nth % steps.length).map(({ machine }) => machine));
      }),
    );
  });

  /** Which machines change at each moment, when each begins as soon as it may. */
  function played(steps: readonly RollStep[], seconds: Iterable<number>): string[][] {
    const durations = seconds[Symbol.iterator]();
    const begin = new Map<string, number>();
    const end = new Map<string, number>();
    for (const { machine, after } of steps) {
      begin.set(machine, Math.max(0, ...after.map((one) => end.get(one)!)));
      end.set(machine, begin.get(machine)! + (durations.next().value as number));
    }
    const moments = [...new Set(begin.values())];
    return moments.map((now) =>
      steps.flatMap(({ machine }) => (begin.get(machine)! <= now && now < end.get(machine)! ? [machine] : [])),
    );
  }
});

describe("what may be unavailable", () => {
  it.each([
    ["1", 1],
    ["12", 12],
    ["25%", "25%"],
    ["100%", "100%"],
  ])("%s is understood", (text, value) => expect(parseMaxUnavailable(text)).toBe(value));

  it.each(["", "0", "-1", "1.5", "0%", "101%", "a", "25 %", "%"])("%j is not", (text) =>
    expect(parseMaxUnavailable(text)).toBeUndefined());
});

it("declares in the order of the roll and gives back in the order of the machines", () => {
  const begun: string[] = [];
  const machines = names(3).map((name) => ({ name }));
  const declared = inRollOrder<{ name: string }, string>(machines, { canary: "m1" }, ({ name }, after) => {
    begun.push(name);
    return `${name}(${after.join()})`;
  });
  expect(begun).toEqual(["m1", "m0", "m2"]);
  expect(declared).toEqual(["m0(m1())", "m1()", "m2(m0(m1()))"]);
});
