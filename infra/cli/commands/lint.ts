import { type Finding, findingText, lintFunction } from "../../../components/function/lint";
import { type Document, documentsOf, placeOf } from "../../functions/documents";
import { type Command, exitCodes } from "../command";
import { UsageError } from "../options";

export const lint: Command = {
  summary: "Finds in Functions of OpenFunction what its webhook lets pass and what then fails while it runs.",
  positionals: "FILE [FILE…]",
  details: [
    "Files are YAML, with one document or several; documents that are no Function are passed over. Each finding names",
    "file, document, path, value, reason and what would do; a warning is of what fails in some clusters only.",
    "",
    "Exit code 1 when an error was found, or with --strict a warning.",
  ],
  flags: { strict: { type: "boolean", description: "fail for warnings too" } },
  without: ["stack", "set"],
  async run({ positionals: files, flags }) {
    if (files.length === 0) throw new UsageError("name a YAML file with Functions; --help tells more");
    const documents = files.flatMap(documentsOf);
    const found = documents.flatMap(findings);
    const functions = documents.filter(({ object }) => object !== undefined).length;
    for (const { severity, text } of found) process.stdout.write(`${severity}: ${text}\n`);
    const unread = documents.some(({ problem }) => problem !== undefined);
    if (functions === 0 && !unread) throw new UsageError(`no Function of OpenFunction in ${files.join(", ")}`);
    const errors = found.filter(({ severity }) => severity === "error").length;
    const warnings = found.length - errors;
    process.stderr.write(`${functions} functions, ${errors} errors, ${warnings} warnings\n`);
    return errors === 0 && (warnings === 0 || flags.strict !== true) ? exitCodes.ok : exitCodes.failed;
  },
};

/** What is wrong with a document, a line each. */
function findings(document: Document): { severity: Finding["severity"]; text: string }[] {
  const place = placeOf(document);
  if (document.problem !== undefined) return [{ severity: "error", text: `${place}: ${document.problem}` }];
  return (document.object === undefined ? [] : lintFunction(document.object)).map((finding) => ({
    severity: finding.severity,
    text: `${place}: ${finding.path}: ${findingText(finding)} [${finding.rule}]`,
  }));
}
