import { findingText, lintFunction } from "../../../components/function/lint";
import { type Document, documentsOf, placeOf } from "../../functions/documents";
import { type Command, exitCodes } from "../command";
import { UsageError } from "../options";

export const lint: Command = {
  summary: "Finds in Functions of OpenFunction what its webhook lets pass and what then fails while it runs.",
  positionals: "FILE [FILE…]",
  details: [
    "Files are YAML, with one document or several; documents that are no Function are passed over. Each finding names",
    "file, document, path, value, reason and what would do; a warning does not work in some clusters only.",
    "",
    "Exit code 1 when something was found.",
  ],
  without: ["stack", "set"],
  async run({ positionals: files }) {
    if (files.length === 0) throw new UsageError("name a YAML file with Functions; --help tells more");
    const documents = files.flatMap(documentsOf);
    const lines = documents.flatMap(findings);
    const functions = documents.filter(({ object }) => object !== undefined).length;
    for (const line of lines) process.stdout.write(`${line}\n`);
    const unread = documents.some(({ problem }) => problem !== undefined);
    if (functions === 0 && !unread) throw new UsageError(`no Function of OpenFunction in ${files.join(", ")}`);
    process.stderr.write(`${functions} functions, ${lines.length} findings\n`);
    return lines.length === 0 ? exitCodes.ok : exitCodes.failed;
  },
};

function findings(document: Document): string[] {
  if (document.problem !== undefined) return [`error: ${placeOf(document)}: ${document.problem}`];
  return (document.object === undefined ? [] : lintFunction(document.object)).map(
    (finding) =>
      `${finding.severity}: ${placeOf(document)}: ${finding.path}: ${findingText(finding)} [${finding.rule}]`,
  );
}
