/** Lower-case DNS label: what Kubernetes takes as a node name and Linux as a hostname. */
const LABEL = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

/** Longest machine name: a Linux hostname and a Kubernetes label value both end at 63. */
export const MAX_MACHINE_NAME = 63;

/** Says what is wrong with a machine's name, or nothing. */
export function machineNameProblem(name: string): string | undefined {
  if (name.length > MAX_MACHINE_NAME)
    return `machine name "${name}": ${name.length} characters, at most ${MAX_MACHINE_NAME}; use a shorter pool name`;
  if (!LABEL.test(name))
    return `machine name "${name}": not a DNS label; use lower-case letters, digits and dashes, a letter or digit at both ends`;
  return undefined;
}

/** Longest stack name that machines can be made for: it names a folder and, hashed, a bridge. */
const MAX_STACK_NAME = 100;

/** Says what is wrong with a stack's name as far as machines are concerned, or nothing. */
export function stackNameProblem(stack: string): string | undefined {
  if (stack.length > MAX_STACK_NAME)
    return `stack name "${stack}": ${stack.length} characters, at most ${MAX_STACK_NAME}; use a shorter one`;
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(stack))
    return `stack name "${stack}": use letters, digits, dots, dashes and underscores, a letter or digit first`;
  return undefined;
}
