/** What this process wrote since `captureOutput`. */
export interface CapturedOutput {
  out: string;
  err: string;
}

/** Keeps what a test's subject writes to standard output and error, until jest restores its mocks. */
export function captureOutput(): CapturedOutput {
  const captured: CapturedOutput = { out: "", err: "" };
  const keep = (stream: NodeJS.WriteStream, part: keyof CapturedOutput): void =>
    void jest.spyOn(stream, "write").mockImplementation((text) => {
      captured[part] += String(text);
      return true;
    });
  keep(process.stdout, "out");
  keep(process.stderr, "err");
  return captured;
}
