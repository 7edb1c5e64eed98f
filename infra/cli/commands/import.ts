import { codeOf } from "../../functions/code";
import { type Document, documentsOf, placeOf } from "../../functions/documents";
import { type Imported, importFunction } from "../../functions/import";
import { type Command, exitCodes } from "../command";
import { UsageError } from "../options";

export const importFunctions: Command = {
  summary: "Turns Functions of OpenFunction, v1beta1 or v1beta2, into the TypeScript that declares them.",
  positionals: "FILE [FILE…]",
  details: [
    "The code goes to standard output. What of a Function the component has no argument for is told on standard error,",
    "with exit code 1; the code leaves it out. npm run lint says what is wrong with a Function itself.",
  ],
  without: ["stack", "set"],
  async run({ positionals: files }) {
    if (files.length === 0) throw new UsageError("name a YAML file with Functions; --help tells more");
    const documents = files.flatMap(documentsOf);
    const results = documents.map(imported).filter((one) => one !== undefined);
    if (results.length === 0) throw new UsageError(`no Function of OpenFunction in ${files.join(", ")}`);
    const made = results.flatMap(({ function: found }) => found ?? []);
    if (made.length > 0) process.stdout.write(codeOf(made));
    const complaints = results.flatMap((one) => one.complaints);
    for (const line of complaints) process.stderr.write(`${line}\n`);
    return complaints.length === 0 ? exitCodes.ok : exitCodes.failed;
  },
};

interface Result {
  function?: Imported;
  complaints: string[];
}

function imported(document: Document): Result | undefined {
  const place = placeOf(document);
  if (document.problem !== undefined) return { complaints: [`${place}: ${document.problem}`] };
  if (document.object === undefined) return undefined;
  try {
    const found = importFunction(document.object);
    const complaints = found.left.map(
      ([path, value]) =>
        `${place}: ${path}: ${JSON.stringify(value)} was left out: WasmFunction has no argument for it`,
    );
    return { function: found, complaints };
  } catch (error) {
    return { complaints: [`${place}: ${(error as Error).message}`] };
  }
}
