import { childTimes } from "./child";
import { finishedStep } from "./cold";
import { type Measurement, medianPhases, table, verdict } from "./measurement";
import { differences } from "./runtime";
import { phasesOf } from "./stack";
import { rounded, summarise } from "./stats";

const measured = (values: number[], reach?: number): Measurement => ({
  part: "part",
  what: "something",
  unit: "s",
  values,
  ...(reach === undefined ? {} : { reach }),
});

test("the median is the middle, or the mean of the two in the middle", () => {
  expect(summarise([3, 1, 2])).toEqual({ p50: 2, min: 1, max: 3, n: 3 });
  expect(summarise([4, 1, 2, 3])).toEqual({ p50: 2.5, min: 1, max: 4, n: 4 });
  expect(() => summarise([])).toThrow("no run");
});

test("the median is judged, not the best run", () => {
  expect(verdict(measured([1, 6, 7], 5))).toBe("over");
  expect(verdict(measured([1, 5, 9], 5))).toBe("ok");
  expect(verdict(measured([0], 0))).toBe("ok");
  expect(verdict(measured([1], 0))).toBe("over");
  expect(verdict(measured([9]))).toBe("");
  expect(verdict(measured([], 5))).toBe("not run");
});

test("phases keep their order and take what each run has", () => {
  expect(Object.entries(medianPhases([{ b: 1, a: 5 }, { b: 3 }]))).toEqual([
    ["b", 2],
    ["a", 5],
  ]);
});

test("three digits", () => {
  expect([0, 0.12345, 1.2345, 123.4, 12345].map(rounded)).toEqual([0, 0.123, 1.23, 123, 12345]);
});

test("the table shows limits, figures, phases and notes", () => {
  const text = table([{ ...measured([1, 2, 3], 5), phases: { first: 0.5 }, notes: ["a note"] }, measured([])]);
  expect(text.split("\n").map((line) => line.replace(/ +/g, " "))).toEqual([
    "what reach p50 min max n",
    "something <= 5 s 2 s 1 s 3 s 3 ok",
    " first 0.5 s",
    " a note",
    "something 0 not run",
    "",
  ]);
});

test("processor time of children, as a shell prints it", () => {
  expect(childTimes("0m0.001s 0m0.002s\n1m2.500s 0m0.250s\n")).toBeCloseTo(62.75);
});

test("a line that changed counts on both sides, equal ones never", () => {
  expect(differences(["a 1", "b 1"], ["a 1", "b 1"])).toBe(0);
  expect(differences(["a 1", "b 1"], ["a 2", "b 1", "c 1"])).toBe(3);
});

test("phases of an up follow each other and add up to the answer", () => {
  const moment = (type: string, name: string, seconds: number) => ({ type, name, seconds });
  const phases = phasesOf({
    programBegan: 1,
    moments: [
      moment("command:local:Command", "bench-0-machine", 3),
      moment("command:remote:Command", "bench-0-runtime-transaction", 8),
      moment("kubernetes:apps/v1:Deployment", "http-server", 20),
    ],
    engineEnded: 21,
    answered: 21.5,
  });
  expect(phases).toEqual({
    start: 1,
    "machines reachable": 2,
    "runtime proved": 5,
    "function Ready": 12,
    "engine ends": 1,
    answer: 0.5,
  });
});

test.each([
  ["✓ Kubernetes 1.34.4  301.2 s  built from the Go module proxy", { "Kubernetes 1.34.4": 301.2 }],
  ["✓ node runtime: crun 1.21, WasmEdge 0.14.1  62.0 s", { "node runtime: crun 1.21, WasmEdge 0.14.1": 62 }],
  ["… Kubernetes 1.34.4", {}],
  ["  Kubernetes 1.34.4: 15.0 s, compiling", {}],
  ["✗ Kubernetes 1.34.4  3.0 s  failed", {}],
])("the progress line %p is a step's end or not", (line, step) => expect(finishedStep(line)).toEqual(step));
