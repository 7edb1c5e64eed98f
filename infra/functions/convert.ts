import type { FunctionObject } from "../../components/function/lint";
import { present } from "./fields";

type Loose = Record<string, unknown>;

const loose = (value: unknown): Loose => (value ?? {}) as Loose;

/**
 * A Function of the first version in the second one's words. Our own: OpenFunction's conversion drops a timeout, and
 * fails on parameters without a strategy and on jobs without an object.
 */
export function secondVersion(object: FunctionObject): FunctionObject {
  if (!object.apiVersion.endsWith("/v1beta1")) return object;
  const { port, route, build, serving, ...spec } = loose(object.spec);
  return {
    ...object,
    apiVersion: "core.openfunction.io/v1beta2",
    spec: present({
      ...spec,
      build: build === undefined ? undefined : secondBuild(loose(build)),
      serving: serving === undefined ? undefined : secondServing(loose(serving), port, route),
      // A Function that only builds has no place for them in the second version.
      ...(serving === undefined ? present({ port, route }) : {}),
    }),
  };
}

function secondBuild({ params, shipwright, ...build }: Loose): Loose {
  const list = Object.entries(loose(params)).map(([name, value]) => ({ name, value }));
  const both = present({ ...loose(shipwright), params: list.length === 0 ? undefined : list });
  return present({ ...build, shipwright: Object.keys(both).length === 0 ? undefined : both });
}

function secondServing(
  { runtime, inputs, outputs, states, triggers, scaleOptions, ...serving }: Loose,
  port: unknown,
  route: unknown,
): Loose {
  const entry = ({ name, component, ...rest }: Loose): Loose => ({
    dapr: { name: component, outputName: name, ...rest },
  });
  const http = present({ port, route });
  return present({
    ...serving,
    triggers:
      runtime === "async"
        ? {
            dapr: ((inputs ?? []) as Loose[]).map(({ name, component, ...rest }) => ({
              name: component,
              inputName: name,
              ...rest,
            })),
          }
        : present({
            http: { engine: "knative", ...http },
            inputs: (inputs as Loose[] | undefined)?.map(entry),
          }),
    outputs: (outputs as Loose[] | undefined)?.map(entry),
    states: states && Object.fromEntries(Object.entries(loose(states)).map(([name, spec]) => [name, { spec }])),
    scaleOptions: secondScale(scaleOptions as Loose | undefined, triggers),
  });
}

function secondScale(options: Loose | undefined, triggers: unknown): Loose | undefined {
  if (options === undefined && triggers === undefined) return undefined;
  const { keda, ...rest } = options ?? {};
  const both = present({ ...loose(keda), triggers });
  return { ...rest, ...(Object.keys(both).length === 0 ? {} : { keda: both }) };
}
