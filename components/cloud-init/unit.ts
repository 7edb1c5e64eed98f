const DIR = "/var/lib/ofwasm/bootstrap";

const UNIT = "ofwasm-bootstrap.service";

/** Where the bootstrap's files lie on a machine. */
export const BOOTSTRAP_DIR = DIR;

/** A file on a machine: its path and its text. */
export interface UnitFile {
  path: string;
  content: string;
}

export interface UnitArgs {
  after: readonly string[];
  gates: readonly string[];
  deadlineSeconds: number;
}

/** The unit that runs the bootstrap at every boot, and what keeps the gated units back until it has succeeded. */
export function unitFiles({ after, gates, deadlineSeconds }: UnitArgs): UnitFile[] {
  const unit = `[Unit]
Description=WebAssembly runtime of this machine, proved
Wants=network-online.target
After=${["network-online.target", "containerd.service", ...after].join(" ")}
${gates.length === 0 ? "" : `Before=${gates.join(" ")}\n`}
[Service]
Type=oneshot
RemainAfterExit=yes
WorkingDirectory=${DIR}
ExecStart=/bin/bash ${DIR}/bootstrap.sh run
ExecStopPost=/bin/bash ${DIR}/bootstrap.sh report
TimeoutStartSec=${deadlineSeconds}
StandardError=journal+console

[Install]
WantedBy=multi-user.target
`;
  // The second line is for a start that was asked for before this file was there, as that of a first boot is.
  const gate = `[Unit]
Requires=${UNIT}
After=${UNIT}

[Service]
ExecStartPre=/bin/systemctl is-active --quiet ${UNIT}
`;
  // Gates first: one without the unit that it requires holds back too.
  return [
    ...gates.map((name) => ({ path: `/etc/systemd/system/${name}.d/ofwasm-proof.conf`, content: gate })),
    { path: `/etc/systemd/system/${UNIT}`, content: unit },
  ];
}
