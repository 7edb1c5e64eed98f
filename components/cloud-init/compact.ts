/** Start of a here-document, with the word that ends it. */
const HERE_DOCUMENT = /(?<!<)<<-?\s*(['"]?)([A-Za-z_][A-Za-z0-9_-]*)\1/;

/** What may have a single quote in it that opens no text: a text in double quotes, an escaped quote. */
const OTHER_QUOTES = /"(?:[^"\\]|\\.)*"|\\'/g;

/** The head of a function, before what its comment says of arguments. */
const FUNCTION_HEAD = /^(\w+\(\) \{) # .*/;

/**
 * A bash text without comments, blank lines and indentation, for where bytes are counted: to bash it is the same
 * text. The first line stays, and so do here-documents and texts in single quotes that go over several lines.
 */
export function compactScript(script: string): string {
  let ends: string | undefined;
  let quoted = false;
  const lines = script.split("\n").flatMap((line, index) => {
    if (ends !== undefined) {
      if (line === ends) ends = undefined;
      return [line];
    }
    if (!quoted && index > 0 && /^\s*(#|$)/.test(line)) return [];
    const kept = quoted ? line : line.trimStart().replace(FUNCTION_HEAD, "$1");
    if (line.replace(OTHER_QUOTES, "").split("'").length % 2 === 0) quoted = !quoted;
    ends = HERE_DOCUMENT.exec(line)?.[2];
    return [kept];
  });
  return `${lines.join("\n")}\n`;
}
