/**
 * Text that a container gets as it is, for `value` of a variable, `command` and `args` of a pod: there the kubelet
 * takes `$(NAME)` for the variable of that name and `$$` for `$`. Values of ConfigMaps and Secrets need none of this.
 */
export const literal = (text: string): string => text.replaceAll("$", "$$$$");
