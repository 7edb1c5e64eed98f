import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { PROVED_LABEL, RUNTIME_CLASS, RUNTIME_HANDLER } from "./names";
import { nodeMark, type Proof } from "./node-mark";

/** A node of the cluster whose machine has proved that it runs WebAssembly. */
export interface ProvedNode {
  /** The node's name in Kubernetes. */
  name: string;
  /** Outputs of the machine's runtime: the mark is set after them, and goes before the runtime does. */
  proof: Proof;
  /** What must be there first, such as the machine's join. */
  dependsOn?: pulumi.Input<pulumi.Resource>[];
}

export interface WasmRuntimeArgs {
  /** Nodes to mark; a plain list, because it decides which resources exist. */
  nodes: readonly ProvedNode[];
  /**
   * Name of the RuntimeClass. Default `openfunction-crun`, which OpenFunction writes into wasm functions.
   * OpenFunction's chart brings one of that name: let only one side make it.
   */
  className?: string;
  /** What a pod of the class costs beyond its containers, such as `{ memory: "16Mi" }`. Default: nothing. */
  overhead?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/**
 * The RuntimeClass for WebAssembly, and on each proved node the label that its pods ask for.
 *
 * A pod that asks for the class stays pending rather than land on a machine that cannot run it. What needs the
 * class depends on this component as a whole.
 */
export class WasmRuntime extends pulumi.ComponentResource {
  readonly className: pulumi.Output<string>;
  readonly runtimeClass: k8s.node.v1.RuntimeClass;

  /** @throws pulumi.InputPropertiesError when a node is named twice. */
  constructor(name: string, args: WasmRuntimeArgs, opts?: pulumi.ComponentResourceOptions) {
    const { nodes, className = RUNTIME_CLASS, overhead } = args;
    const errors = nodeProblems(nodes);
    if (errors.length > 0) throw new pulumi.InputPropertiesError({ message: `wasm runtime "${name}"`, errors });
    super("ofwasm:index:WasmRuntime", name, { className, nodes: nodes.map((node) => node.name) }, opts);

    this.runtimeClass = new k8s.node.v1.RuntimeClass(`${name}-class`, runtimeClass(className, overhead), {
      parent: this,
    });
    for (const node of nodes) {
      new k8s.core.v1.NodePatch(`${name}-${node.name}`, nodeMark(node.name, node.proof), {
        parent: this,
        dependsOn: node.dependsOn,
      });
    }
    this.className = this.runtimeClass.metadata.name;

    this.registerOutputs({ className: this.className });
  }
}

function nodeProblems(nodes: readonly ProvedNode[]): pulumi.InputPropertyErrorDetails[] {
  const names = nodes.map(({ name }) => name);
  return names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [{ propertyPath: `nodes[${index}].name`, reason: `"${name}" is in the list twice; name each node once` }],
  );
}

/** The class, with the placement that keeps its pods on proved nodes. */
export function runtimeClass(className: string, overhead?: WasmRuntimeArgs["overhead"]): k8s.node.v1.RuntimeClassArgs {
  return {
    metadata: { name: className },
    handler: RUNTIME_HANDLER,
    scheduling: { nodeSelector: { ...PROVED_LABEL } },
    ...(overhead === undefined ? {} : { overhead: { podFixed: overhead } }),
  };
}
