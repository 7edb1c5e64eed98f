import type { DeclaredRun } from "../../../components/remote";
import type { Difference } from "../finding";
import { type Facts, single } from "./facts";

/** Room for a generation beside the one in use; with less a change of the runtime is refused. */
const FREE_MIB = 256;

const INSTALL_DIR = "/opt/ofwasm/runtime";

/** Machine's log of containerd, which says why it does not run. */
const LOG = "journalctl -u";

/**
 * What of the runtime on a machine is not as its transaction left it.
 *
 * @param onMachine makes a command one that runs on the machine as root
 */
export function runtimeDifferences(
  { inputs }: DeclaredRun,
  facts: Facts,
  onMachine: (command: string) => string,
): Difference[] {
  return [
    ...commitDifferences(inputs, facts),
    ...fileDifferences(inputs, facts),
    ...blockDifferences(facts, onMachine),
    ...daemonDifferences(facts, onMachine),
    ...roomDifferences(facts, onMachine),
  ];
}

type Inputs = DeclaredRun["inputs"];

function commitDifferences({ generation = "" }: Inputs, facts: Facts): Difference[] {
  const committed = single(facts, "committed");
  const differences: Difference[] = [];
  if (committed === "") {
    differences.push({
      severity: "error",
      what: "the record of the runtime's last transaction",
      expected: `generation ${generation} in /var/lib/ofwasm/runtime/state`,
      found: "no record",
      why: "the machine does not know what was proved on it, so nothing notices when that changes",
    });
  } else if (committed !== generation || single(facts, "committed_inputs") === "false") {
    differences.push({
      severity: "error",
      what: "what the runtime's last transaction was told",
      expected: `generation ${generation} with the stack's settings`,
      found: committed === generation ? "other settings" : `generation ${committed}`,
      why: "somebody else changed the runtime: what was proved is not what the stack declares",
    });
  }
  if (single(facts, "restart_pending") === "true") {
    differences.push({
      severity: "error",
      what: "a run that was cut off",
      expected: "containerd restarted after its file was changed",
      found: "the mark of a restart that did not come",
      why: "containerd may run with another configuration than its file has",
    });
  }
  const [driver, wanted] = [single(facts, "cgroup_driver"), single(facts, "cgroup_driver_wanted")];
  if (committed !== "" && driver !== wanted) {
    differences.push({
      severity: "error",
      what: "cgroup driver of runtime crun",
      expected: wanted,
      found: driver,
      why: "kubelet and runtime put pods under two managers, which kills pods at random when memory is short",
    });
  }
  return differences;
}

function fileDifferences({ generation = "" }: Inputs, facts: Facts): Difference[] {
  const differences: Difference[] = [];
  const link = (path: string, wanted: string, found: string): void => {
    if (found === wanted) return;
    const what = `link ${path}`;
    const why = "containers may start with a runtime that nobody proved, or not at all";
    differences.push({ severity: "error", what, expected: `to ${wanted}`, found: found || "no link", why });
  };
  link(`${INSTALL_DIR}/current`, generation, single(facts, "current"));
  link("/usr/local/bin/crun", `${INSTALL_DIR}/current/bin/crun`, single(facts, "link"));
  if (single(facts, "generation_there") === "false") {
    differences.push({
      severity: "error",
      what: `the runtime's files ${INSTALL_DIR}/${generation}`,
      expected: "installed",
      found: "not there",
      why: "no WebAssembly container can start",
    });
  }
  for (const path of facts.get("damaged") ?? []) {
    differences.push({
      severity: "error",
      what: `file ${INSTALL_DIR}/${generation}/${path}`,
      expected: "the content that was installed, by its SHA-256",
      found: "other content, or no file",
      why: "containers run with something else than what was proved",
    });
  }
  if (single(facts, "wasmedge_loads") === "false") {
    differences.push({
      severity: "error",
      what: "crun with WasmEdge",
      expected: "starts, and finds its libraries",
      found: "does not",
      why: "no WebAssembly container can start",
    });
  }
  return differences;
}

/** What each state of our block in containerd's file means. */
const BLOCKS: Readonly<Record<string, { found: string; why: string }>> = {
  missing: { found: "no block", why: "after its next restart containerd knows no runtime crun: no function starts" },
  edited: { found: "a changed block", why: "containerd runs functions in a way that nobody proved" },
  uncommitted: { found: "a block without a record", why: "nobody can tell whether it was changed" },
};

function blockDifferences(facts: Facts, onMachine: (command: string) => string): Difference[] {
  const [state, file] = [single(facts, "block"), single(facts, "config")];
  const what = `the managed block in ${file}`;
  if (state === "torn") {
    return [
      {
        severity: "error",
        what,
        expected: "a block between its two marks",
        found: "one of the marks alone",
        why: "nobody can tell where the block ends, so every change of the runtime is refused",
        mend: `${onMachine(`\${EDITOR:-vi} ${file}`)}   # remove the rest of the block and its mark, then doctor --fix`,
      },
    ];
  }
  const known = BLOCKS[state];
  // Without a record that is said once, where the record is missing.
  if (known === undefined || (state === "uncommitted" && single(facts, "committed") === "")) return [];
  const line = (key: string): string => single(facts, key);
  const shown = state === "edited";
  const expected = (shown && line("block_expected")) || "as it was committed";
  return [{ severity: "error", what, expected, found: (shown && line("block_found")) || known.found, why: known.why }];
}

function daemonDifferences(facts: Facts, onMachine: (command: string) => string): Difference[] {
  const [unit, state, file] = [single(facts, "unit"), single(facts, "unit_state"), single(facts, "config")];
  if (single(facts, "config_reads") === "false") {
    return [
      {
        severity: "error",
        what: file,
        expected: "a file that containerd reads",
        found: "containerd refuses it",
        why: "containerd does not start any more, and with it no pod",
        mend: `${onMachine(`containerd --config ${file} config dump >/dev/null`)}   # says where; correct that line`,
      },
    ];
  }
  if (state !== "active") {
    return [
      {
        severity: "error",
        what: `service ${unit}`,
        expected: "active",
        found: state || "unknown",
        why: `no container can start on this machine; ${LOG} ${unit} says why`,
      },
    ];
  }
  const behind = Number(single(facts, "config_time")) > Number(single(facts, "unit_since") || Number.POSITIVE_INFINITY);
  const knows = single(facts, "daemon_has_runtime");
  if (knows === "false" && single(facts, "block") === "intact") {
    return [
      {
        severity: "error",
        what: `runtime crun in the running ${unit}`,
        expected: "known",
        found: "unknown, although its file has it",
        why: "no function can start on this machine",
      },
    ];
  }
  if (!behind) return [];
  return [
    {
      severity: "warning",
      what: file,
      expected: `no change since ${unit} was started`,
      found: "changed and not restarted",
      why: "what the file says comes into force at some restart that nobody plans",
    },
  ];
}

function roomDifferences(facts: Facts, onMachine: (command: string) => string): Difference[] {
  const free = Number(single(facts, "free_mib") || Number.POSITIVE_INFINITY);
  if (free >= FREE_MIB) return [];
  return [
    {
      severity: "warning",
      what: `free space below ${INSTALL_DIR}`,
      expected: `${FREE_MIB} MiB`,
      found: `${free} MiB`,
      why: "another version of the runtime would be refused",
      mend: onMachine("du -xhd2 /opt /var /usr | sort -h | tail"),
    },
  ];
}
