import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { TRANSACTION } from "../node-runtime/transaction";
import { bundleScript, scriptProgram } from "../remote";
import { transactionProgram, USER_DATA_LIMIT, type UserDataArgs, userData } from ".";
import { compactScript } from "./compact";
import { userDataText } from "./user-data";

const payload: UserDataArgs["payload"] = {
  url: "https://bucket.s3.eu-central-1.amazonaws.com/payload.tar.gz",
  manifest: {
    generation: "0".repeat(32),
    architecture: "amd64",
    sha256: "0123456789abcdef".repeat(4),
    unpackedSize: 44,
    versions: { crun: "1.21", wasmedge: "0.14.1" },
  },
};

/** Everything that can be said at once. */
const whole: UserDataArgs = {
  payload: { ...payload, region: "eu-central-1" },
  runtime: { cgroupDriver: "systemd", containerdVersions: { oldest: "1.6", newest: "2.3" } },
  join: {
    script: 'kubeadm join --config join.yaml\necho "$OFWASM_NODE_LABELS"',
    files: { "join.yaml": { url: "http://192.0.2.1/join.yaml", sha256: "f".repeat(64) } },
  },
  lifecycleHook: { name: "proof", group: "nodes", region: "eu-central-1" },
  after: ["nodeadm-config.service"],
  gates: ["nodeadm-run.service"],
  parts: [{ type: "application/node.eks.aws", content: "kind: NodeConfig\n" }],
  deadlineSeconds: 600,
  metadataUrl: "http://[fd00:ec2::254]",
};

/** The transaction as an object in a bucket. */
const transaction = { url: "https://bucket.s3.eu-central-1.amazonaws.com/transaction.sh", region: "eu-central-1" };

/** The text without what has tests of its own, the scripts, and what is made of them. */
const withoutScripts = (text: string): string =>
  text
    .replace(/ofwasm-[0-9a-f]{24}/g, "ofwasm-…")
    .replace(/(<<'END-OF-FILE'\n)#!\/bin\/bash\n[\s\S]*?(\nEND-OF-FILE\n)/g, "$1…$2")
    .replace(/(ofwasm_script\(\) \{\n)[\s\S]*?(\n\}\nofwasm_script)/, "$1…$2");

/** What bash makes of a text: its commands, written in bash's own way. */
const parsed = (script: string): string =>
  execFileSync("bash", ["-c", 'eval "f() {\n$(cat)\n}"; declare -f f'], { input: script, encoding: "utf8" });

const scripts = (): string[] =>
  readdirSync(join(__dirname, "scripts"))
    .map((name) => join(__dirname, "scripts", name))
    .concat(TRANSACTION)
    .map(bundleScript);

describe("user-data", () => {
  it.each([
    ["with the defaults", { payload }],
    ["with everything", whole],
  ])("says all of it: %s", (_, args) => {
    expect(withoutScripts(userDataText(args))).toMatchSnapshot();
  });

  it("fits into what EC2 takes, with room for a short join", () => {
    const join = {
      script: "kubeadm join 192.0.2.10:6443 --token abcdef.0123456789abcdef --discovery-file /etc/join.conf",
    };
    const sizes = [{ payload }, { payload, join }, { ...whole, transaction }].map((args) => userData(args).length);
    process.stderr.write(
      `user-data: ${sizes[0]} bytes, with a join ${sizes[1]}, all but the transaction ${sizes[2]}\n`,
    );
    expect(sizes[1]).toBeLessThan(USER_DATA_LIMIT - 200);
    expect(sizes[2]).toBeLessThan(USER_DATA_LIMIT / 2);
    expect(gunzipSync(userData({ payload, join })).toString()).toBe(userDataText({ payload, join }));
  });

  it("carries the very transaction that is sent over SSH, and is a bash text", () => {
    const text = userDataText({ payload });
    expect(text).toContain(`\n${scriptProgram(compactScript(bundleScript(TRANSACTION)))}END-OF-FILE\n`);
    execFileSync("bash", ["-n"], { input: text });
  });

  it("has machines fetch the transaction where it says so, pinned like the payload", () => {
    const text = userDataText({ payload, transaction });
    const sha256 = createHash("sha256").update(transactionProgram()).digest("hex");
    expect(text).toContain(`download_1=${sha256} transaction.sh eu-central-1 ${transaction.url}\n`);
    expect(text).not.toContain("ofwasm_script()");
  });

  it("holds gated units back before it does anything else", () => {
    const text = userDataText({ payload, gates: ["kubelet.service"] });
    const calls = text.slice(text.indexOf("\nput_file /"));
    const stubs = "put_file() { basename $1; cat >/dev/null; }\nhold() { echo hold; }\nactivate() { echo activate; }";
    expect(
      execFileSync("bash", ["-s"], { input: stubs + calls, encoding: "utf8" })
        .trim()
        .split("\n"),
    ).toEqual([
      "ofwasm-proof.conf",
      "ofwasm-bootstrap.service",
      "hold",
      "bootstrap.sh",
      "transaction.sh",
      "transaction.inputs",
      "inputs",
      "activate",
    ]);
  });

  it("is the same text for the same arguments", () => {
    expect(userData({ payload })).toEqual(userData({ payload: structuredClone(payload) }));
  });

  it("keeps a join hook that has the mark of its own end in it", () => {
    const script = "cat <<'END-OF-FILE'\n$x `y`\nEND-OF-FILE\n";
    const text = userDataText({ payload, join: { script } });
    const written = text.slice(text.indexOf("put_file /var/lib/ofwasm/bootstrap/join.sh"));
    const only = written.slice(0, written.indexOf("\nactivate\n") + 1);
    expect(execFileSync("bash", ["-c", `put_file() { cat; }\n${only}`], { encoding: "utf8" })).toBe(script);
  });

  it("is refused with its size when it is too large", () => {
    const noise = Array.from({ length: 2000 }, (_, n) => Math.sin(n).toString(36)).join("\n");
    const [only] = problemsOf({ payload, join: { script: noise } });
    expect(only).toMatch(/^parts, join: \d{5} bytes \(\d+ before compression\), and EC2 takes 16384: /);
  });

  it("is refused with everything that is wrong with the arguments", () => {
    const download = { url: "https://a/b", sha256: "f".repeat(64) };
    const problems = problemsOf({
      payload: { url: "s3://bucket/key", region: "mars", manifest: { ...payload.manifest, sha256: "abc" } },
      transaction: { url: "ftp://a/b" },
      join: {
        script: "",
        files: { "../x": { ...download, url: "https://a/ b" }, inputs: { ...download, sha256: "" } },
      },
      lifecycleHook: { name: "a b", group: "&", region: "x" },
      gates: ["kubelet"],
      deadlineSeconds: 5,
    });
    expect(problems.map((problem) => problem.slice(0, problem.indexOf(":")))).toEqual([
      "payload.url",
      "payload.sha256",
      "payload.region",
      "transaction.url",
      "transaction.sha256",
      'join.files["../x"]',
      'join.files["../x"].url',
      'join.files["inputs"]',
      'join.files["inputs"].sha256',
      "after, gates",
      "deadlineSeconds",
      "lifecycleHook.name",
      "lifecycleHook.group",
      "lifecycleHook.region",
    ]);
    expect(problems[0]).toBe('payload.url: "s3://bucket/key": write an http:// or https:// address of a file');
  });
});

/** What the arguments are refused with. */
function problemsOf(args: UserDataArgs): string[] {
  try {
    userData(args);
  } catch (error) {
    const { errors } = error as { errors: { propertyPath: string; reason: string }[] };
    return errors.map(({ propertyPath, reason }) => `${propertyPath}: ${reason}`);
  }
  throw new Error("nothing was refused");
}

describe("a compacted script", () => {
  it("is the same to bash", () => {
    for (const script of scripts()) {
      const compact = compactScript(script);
      expect(compact.length).toBeLessThan(script.length);
      expect(parsed(compact)).toBe(parsed(script));
    }
  });

  it("leaves here-documents, quoted lines and the first line alone", () => {
    const script = "#!/bin/bash\n# gone\n\ncat <<'END'\n # stays\n\nEND\n  # gone\n  echo <<<END 'a\n\n  # b'\n  :\n";
    expect(compactScript(script)).toBe("#!/bin/bash\ncat <<'END'\n # stays\n\nEND\necho <<<END 'a\n\n  # b'\n:\n");
  });
});
