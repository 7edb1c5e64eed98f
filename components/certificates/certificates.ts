import { join } from "node:path";
import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

const PROGRAM = join(__dirname, "make-certificates.cjs");

/** As long as kubeadm gives its authorities. */
const YEARS = 10;

/** One certificate. */
export interface CertificateSpec {
  commonName: string;
  /** Names that it is good for. */
  dnsNames: readonly string[];
  /** What it is for: to answer as a server, to prove a client, or to sign certificates for others. */
  use: "server" | "client" | "authority";
}

export interface CertificatesArgs {
  /** Common name of the authority that signs the others; its own key is thrown away. */
  authority: string;
  /** By a name of the caller's. */
  certificates: Readonly<Record<string, CertificateSpec>>;
}

/** A certificate with its key, both PEM. */
export interface CertificatePair {
  certificate: pulumi.Output<string>;
  /** ECDSA P-256, PKCS #8. A secret. */
  privateKey: pulumi.Output<string>;
}

/** What `make-certificates.cjs` writes. */
interface MadeCertificates {
  authority: string;
  certificates: Record<string, { certificate: string; privateKey: string }>;
}

/**
 * Certificates of an authority of their own, made once where the program runs and good for ten years. They are made
 * anew, all together, when what is wanted changes, or with `--replace` of the resource.
 */
export class Certificates extends pulumi.ComponentResource {
  /** Certificate of the authority, PEM. */
  readonly authority: pulumi.Output<string>;

  private readonly made: pulumi.Output<MadeCertificates>;

  constructor(name: string, args: CertificatesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ofwasm:index:Certificates", name, args, opts);
    const request = JSON.stringify({ ...args, years: YEARS });
    const command = new local.Command(
      `${name}-made`,
      {
        interpreter: ["node"],
        create: PROGRAM,
        stdin: request,
        triggers: [request],
        logging: local.Logging.None,
        addPreviousOutputInEnv: false,
      },
      // Where the program lies says nothing about what it made: only another request makes others.
      { parent: this, additionalSecretOutputs: ["stdout"], ignoreChanges: ["create", "interpreter"] },
    );
    this.made = pulumi.secret(command.stdout).apply((stdout) => JSON.parse(stdout) as MadeCertificates);
    this.authority = pulumi.unsecret(this.made.authority);
    this.registerOutputs({ authority: this.authority });
  }

  /** One of the certificates that were asked for. */
  pair(name: string): CertificatePair {
    const one = this.made.certificates.apply((certificates) => {
      const found = certificates[name];
      if (found === undefined) throw new Error(`no certificate "${name}" was asked for`);
      return found;
    });
    return { certificate: pulumi.unsecret(one.certificate), privateKey: one.privateKey };
  }
}

/** Base64, as Secrets and webhooks take certificates. */
export const encoded = (pem: pulumi.Input<string>): pulumi.Output<string> =>
  pulumi.output(pem).apply((text) => Buffer.from(text).toString("base64"));
