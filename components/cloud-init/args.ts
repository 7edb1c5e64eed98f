import type { NodePayload, NodeTraits } from "../node-runtime";
import type { UserDataPart } from "./mime";

/** Something that a machine fetches by itself, pinned by its content. */
export interface Download {
  /** `https://…` or `http://…`, without white space: what comes over it is checked. */
  url: string;
  /** SHA-256 of what must come, 64 hex digits. */
  sha256: string;
  /**
   * Region of the bucket when `url` is an S3 object that only the instance's role may read; the request is then
   * signed. Needs curl 7.87 or newer on the machine. Default: anybody may read it.
   */
  region?: string;
}

/** How a machine becomes a node, after its runtime was proved and not before. */
export interface JoinHook {
  /**
   * Bash text that is run as root in the bootstrap's folder, again after a boot in the middle of it, so it must stand
   * being run twice. `OFWASM_NODE_LABELS` has the label of proved nodes as `--node-labels` of a kubelet takes it.
   * Whoever may read the instance's user-data reads this, so a token in it should be good for a short time only.
   */
  script: string;
  /** By file name: what the script finds beside it. */
  files?: Readonly<Record<string, Download>>;
}

/** A launch hook of the Auto Scaling group, which then waits for the proof and replaces an instance without one. */
export interface LifecycleHook {
  name: string;
  group: string;
  region: string;
}

export interface UserDataArgs {
  /** The runtime's payload: what it says of itself, and where machines fetch it. */
  payload: Pick<NodePayload, "manifest"> & Pick<Download, "url" | "region">;
  /**
   * Where machines fetch the transaction, which `transactionProgram()` is the text of. Default: it is in the user-data,
   * of which it takes most: then there is no room for a long join hook or for what EKS puts beside it.
   */
  transaction?: Pick<Download, "url" | "region">;
  /** As for machines that are reached over SSH. Default: nothing beyond the defaults. */
  runtime?: NodeTraits;
  /** Default: the machine is, or becomes, a node in another way. */
  join?: JoinHook;
  /**
   * Whether the machine marks its node in Kubernetes once the runtime is proved, with the credentials of a kubelet that
   * kubeadm set up (`/etc/kubernetes/kubelet.conf`). Default true. Take false where a kubelet is given the label when it
   * starts, and starts only after the proof.
   */
  marksNode?: boolean;
  /** Default: no group waits for the proof. */
  lifecycleHook?: LifecycleHook;
  /** systemd units that the bootstrap comes after, at every boot. Default: none beyond network and containerd. */
  after?: readonly string[];
  /**
   * systemd units that do not start before the runtime is proved, at no boot. At the first one they must come after
   * cloud-init themselves, which brings the rule. Default: none.
   */
  gates?: readonly string[];
  /** Other parts of the user-data, in front of this one. Default: none. */
  parts?: readonly UserDataPart[];
  /** Seconds until a machine that is not proved counts as failed. Default 900. */
  deadlineSeconds?: number;
  /** Address of the metadata service. Default `http://169.254.169.254`; IPv6 networks have `http://[fd00:ec2::254]`. */
  metadataUrl?: string;
}
