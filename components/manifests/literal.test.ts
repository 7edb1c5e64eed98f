import fc from "fast-check";
import { literal } from "./literal";

/** As the kubelet reads a value: `$$` is a dollar, `$(NAME)` a variable if there is one, anything else itself. */
const expanded = (value: string, variables: Record<string, string>): string =>
  value.replace(/\$(?:(\$)|\(([^)]*)\))/g, (all, dollar, name) => dollar ?? variables[name] ?? all);

test("text is read by the kubelet as it was, whatever variables there are", () => {
  const pieces = fc.constantFrom("$", "$$", "$(A)", "$(B", "(", ")", "a", "\n");
  fc.assert(
    fc.property(fc.array(fc.oneof(pieces, fc.string())), (parts) => {
      const text = parts.join("");
      expect(expanded(literal(text), { A: "1", "": "2" })).toBe(text);
    }),
  );
  expect(expanded("$(A)$$", { A: "1" })).toBe("1$");
});
