import { rmSync } from "node:fs";
import { join } from "node:path";
import type { MachineSpec } from "../../components/node-pool/spec";
import { fingerprint, parseHostKey } from "../../infra/toolchain/plugins/command/ssh/host-key";
import type { Lab } from "../machine/support";
import { CLONE, type Ended } from "./command";
import { SshStack } from "./ssh-stack";
import { plainPulumi } from "./stack";

/** A user of a machine, who may become root, with a password or without; or may not. */
export interface Stranger {
  machine: MachineSpec;
  user: string;
  /** Absent: sudo asks for none. */
  sudoPassword?: string;
  maySudo: boolean;
}

/** Makes the user, who logs in with the lab's key. */
export async function settle(lab: Lab, { machine, user, sudoPassword, maySudo }: Stranger): Promise<void> {
  const rule = sudoPassword === undefined ? "NOPASSWD: ALL" : "ALL";
  await lab.ssh(
    machine,
    [
      "set -e",
      `useradd --create-home --shell /bin/bash ${user}`,
      // Without any, sshd takes the account for a locked one.
      sudoPassword === undefined ? `usermod --password '*' ${user}` : `echo '${user}:${sudoPassword}' | chpasswd`,
      `install -d -m 0700 -o ${user} -g ${user} /home/${user}/.ssh`,
      `install -m 0600 -o ${user} -g ${user} /root/.ssh/authorized_keys /home/${user}/.ssh/authorized_keys`,
      ...(maySudo ? [`echo '${user} ALL=(ALL) ${rule}' >/etc/sudoers.d/${user}`] : []),
    ].join("\n"),
  );
}

/** As `ssh-keygen -lf` on the machine's console shows it. */
export const consoleFingerprint = ({ hostKey }: MachineSpec): string =>
  fingerprint(parseHostKey(hostKey.publicKey).blob);

/** A stack of composition ssh whose hosts and secrets are in a file of its own in the clone, as a user has them. */
export class StrangersStack extends SshStack {
  private environment: string | undefined;

  /** Encrypts a setting into the stack's file, from standard input. */
  async secret(key: string, value: string): Promise<void> {
    if (this.environment === undefined) {
      const { code, text } = await this.command(["env"]);
      if (code !== 0) throw new Error(text);
      this.environment = text;
    }
    await plainPulumi(this.environment, this.lab.state, ["config", "set", "--secret", key], value);
  }

  /** Asks for host keys, with the fingerprints that the machines' consoles show. */
  scan(strangers: readonly Stranger[], ...flags: string[]): Promise<Ended> {
    const words = strangers.map(({ machine: { name, address }, user }) => `${name}=${user}@${address}`);
    const expected = strangers.map(({ machine }) => consoleFingerprint(machine)).join(",");
    return this.command(["scan", ...words, "--expect", expected, ...flags]);
  }

  forget(): void {
    rmSync(join(CLONE, `Pulumi.${this.name}.yaml`), { force: true });
  }
}
