/** One thing that may pass a security group. */
export interface Rule {
  /** Ends the resource's name. */
  key: string;
  /** Shown in AWS's console: who needs it. AWS allows 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$* */
  description: string;
  protocol: "tcp" | "udp";
  port: number;
}

/** Port of the API server. */
export const API_PORT = 6443;

/** What machines of a cluster need of each other, and nothing else: pods' packets travel inside the VXLAN. */
export const MEMBER_RULES: readonly Rule[] = [
  {
    key: "api",
    description: "API server, for kubelets and for pods of other machines",
    protocol: "tcp",
    port: API_PORT,
  },
  { key: "kubelet", description: "kubelet, for the API server: logs and exec", protocol: "tcp", port: 10250 },
  { key: "vxlan", description: "Packets of pods, in the VXLAN of flannel", protocol: "udp", port: 8472 },
];

/** The way in for the program that sets machines up. */
export const SSH_RULE: Rule = { key: "ssh", description: "SSH, for setting machines up", protocol: "tcp", port: 22 };

/** What machines ask the internet for: packages of the distribution, binaries, images. */
export const WEB_RULES: readonly Rule[] = [
  { key: "https", description: "Downloads, registries of images, APIs of AWS", protocol: "tcp", port: 443 },
  { key: "http", description: "Package sources of the distribution, whose index is signed", protocol: "tcp", port: 80 },
];

/** A network as the end of a resource's name: rules keep theirs whatever their order is. */
export const cidrKey = (cidr: string): string => cidr.replaceAll(/[./:]/g, "-");
