import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

/** On the PATH of this project's commands, and of those that npm runs where the package is installed. */
const PROGRAM = "ofwasm-certificates";

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
  /** Command that makes them, one word. Default `ofwasm-certificates`, as it is found on the PATH. */
  program?: string;
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

  constructor(
    name: string,
    { authority, certificates, program = PROGRAM }: CertificatesArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("ofwasm:index:Certificates", name, { authority, certificates }, opts);
    const request = JSON.stringify({ authority, certificates, years: YEARS });
    const command = new local.Command(
      `${name}-made`,
      {
        create: program,
        stdin: request,
        triggers: [request],
        logging: local.Logging.None,
        addPreviousOutputInEnv: false,
      },
      { parent: this, additionalSecretOutputs: ["stdout"] },
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
