import type { Pin } from "./pin";

/** What makes a machine a node, and what tests run of it here. */
export const kubernetes: readonly Pin[] = [
  {
    name: "kubelet",
    version: "1.34.11",
    architecture: "amd64",
    url: "https://dl.k8s.io/release/v1.34.11/bin/linux/amd64/kubelet",
    sha256: "4777a226b2ba3c1d656254bcf3f7ad471bf210042f361094216e51ab4fa9b4b6",
    statedBy: [
      "kubernetes-sigs/kubespray:roles/kubespray_defaults/vars/main/checksums.yml@46dbdd3994b32640bcd806b0097f50e8fdf1d514",
    ],
    confidence: "medium",
  },
  {
    name: "kubelet",
    version: "1.34.11",
    architecture: "arm64",
    url: "https://dl.k8s.io/release/v1.34.11/bin/linux/arm64/kubelet",
    sha256: "f12879879481e9af46317c2c82a6dba7d59df78ed095e44e0399643df1c4c8ba",
    statedBy: [
      "kubernetes-sigs/kubespray:roles/kubespray_defaults/vars/main/checksums.yml@46dbdd3994b32640bcd806b0097f50e8fdf1d514",
    ],
    confidence: "medium",
  },
  {
    name: "kubeadm",
    version: "1.34.11",
    architecture: "amd64",
    url: "https://dl.k8s.io/release/v1.34.11/bin/linux/amd64/kubeadm",
    sha256: "bd3cbe40aff6c7b3b939243ebd80dbd7da207c0e594cfdd434295bf553ea7351",
    statedBy: [
      "kubernetes-sigs/kubespray:roles/kubespray_defaults/vars/main/checksums.yml@46dbdd3994b32640bcd806b0097f50e8fdf1d514",
    ],
    confidence: "medium",
  },
  {
    name: "kubeadm",
    version: "1.34.11",
    architecture: "arm64",
    url: "https://dl.k8s.io/release/v1.34.11/bin/linux/arm64/kubeadm",
    sha256: "1365b20b698151f432eb8f5a8ca53f0200e85af32392d31f40ffa901a73b694c",
    statedBy: [
      "kubernetes-sigs/kubespray:roles/kubespray_defaults/vars/main/checksums.yml@46dbdd3994b32640bcd806b0097f50e8fdf1d514",
    ],
    confidence: "medium",
  },
  {
    name: "kubectl",
    version: "1.34.11",
    architecture: "amd64",
    url: "https://dl.k8s.io/release/v1.34.11/bin/linux/amd64/kubectl",
    sha256: "8efbb9435132a190920eb65a47a8c1ecf755ad85ab57a600c9bedbab460bb7a8",
    statedBy: [
      "kubernetes-sigs/kubespray:roles/kubespray_defaults/vars/main/checksums.yml@46dbdd3994b32640bcd806b0097f50e8fdf1d514",
    ],
    confidence: "medium",
  },
  {
    name: "kubectl",
    version: "1.34.11",
    architecture: "arm64",
    url: "https://dl.k8s.io/release/v1.34.11/bin/linux/arm64/kubectl",
    sha256: "5b045a4712674c88a56fd98eef4285689738b7fbe8735e1b9ee3509521af5cb4",
    statedBy: [
      "kubernetes-sigs/kubespray:roles/kubespray_defaults/vars/main/checksums.yml@46dbdd3994b32640bcd806b0097f50e8fdf1d514",
    ],
    confidence: "medium",
  },
  {
    name: "crictl",
    version: "1.34.0",
    architecture: "amd64",
    url: "https://github.com/kubernetes-sigs/cri-tools/releases/download/v1.34.0/crictl-v1.34.0-linux-amd64.tar.gz",
    sha256: "a8ff2a3edb37a98daf3aba7c3b284fe0aa5bff24166d896ab9ef64c8913c9f51",
    statedBy: [
      "kubernetes-sigs/kubespray:roles/kubespray_defaults/vars/main/checksums.yml@46dbdd3994b32640bcd806b0097f50e8fdf1d514",
    ],
    confidence: "medium",
  },
  {
    name: "crictl",
    version: "1.34.0",
    architecture: "arm64",
    url: "https://github.com/kubernetes-sigs/cri-tools/releases/download/v1.34.0/crictl-v1.34.0-linux-arm64.tar.gz",
    sha256: "c31d252e203df5f4cf37f314bd3092eb79087e791631c1e607087c74b6d0423f",
    statedBy: [
      "kubernetes-sigs/kubespray:roles/kubespray_defaults/vars/main/checksums.yml@46dbdd3994b32640bcd806b0097f50e8fdf1d514",
    ],
    confidence: "medium",
  },
  {
    name: "etcd",
    version: "3.6.13",
    architecture: "amd64",
    url: "https://github.com/etcd-io/etcd/releases/download/v3.6.13/etcd-v3.6.13-linux-amd64.tar.gz",
    sha256: "b4928654aed84d90952620c7144555e4186d795e1e7414e65fe0cf6265fd0465",
    statedBy: [
      "kubernetes-sigs/kubespray:roles/kubespray_defaults/vars/main/checksums.yml@46dbdd3994b32640bcd806b0097f50e8fdf1d514",
    ],
    confidence: "medium",
  },
  {
    name: "etcd",
    version: "3.6.13",
    architecture: "arm64",
    url: "https://github.com/etcd-io/etcd/releases/download/v3.6.13/etcd-v3.6.13-linux-arm64.tar.gz",
    sha256: "5ab53ff70301fa9d782fa4b59fdfc1fae49ffdf427a0afb3cd313a93449800fc",
    statedBy: [
      "kubernetes-sigs/kubespray:roles/kubespray_defaults/vars/main/checksums.yml@46dbdd3994b32640bcd806b0097f50e8fdf1d514",
    ],
    confidence: "medium",
  },
  {
    name: "containerd",
    version: "2.0.11",
    architecture: "amd64",
    url: "https://github.com/containerd/containerd/releases/download/v2.0.11/containerd-2.0.11-linux-amd64.tar.gz",
    sha256: "249457e108b64f8c44bcf5928acc1d3300253c922414f5a8329a754303019d50",
    statedBy: [
      "kubernetes-sigs/kubespray:roles/kubespray_defaults/vars/main/checksums.yml@46dbdd3994b32640bcd806b0097f50e8fdf1d514",
    ],
    confidence: "medium",
  },
  {
    name: "containerd",
    version: "2.0.11",
    architecture: "arm64",
    url: "https://github.com/containerd/containerd/releases/download/v2.0.11/containerd-2.0.11-linux-arm64.tar.gz",
    sha256: "a8261bd5cc78cc46f01bbc229320b9781f8c03dcfedcbff25dfd4f12e43e5d74",
    statedBy: [
      "kubernetes-sigs/kubespray:roles/kubespray_defaults/vars/main/checksums.yml@46dbdd3994b32640bcd806b0097f50e8fdf1d514",
    ],
    confidence: "medium",
  },
  {
    name: "containerd",
    version: "1.7.34",
    architecture: "amd64",
    url: "https://github.com/containerd/containerd/releases/download/v1.7.34/containerd-1.7.34-linux-amd64.tar.gz",
    sha256: "640f989745020ea4897ad0a3d7d977863a7279d3f2e132792fc62c25a45bda50",
    statedBy: [
      "kubernetes-sigs/kubespray:roles/kubespray_defaults/vars/main/checksums.yml@46dbdd3994b32640bcd806b0097f50e8fdf1d514",
    ],
    confidence: "medium",
  },
  {
    name: "containerd",
    version: "1.7.34",
    architecture: "arm64",
    url: "https://github.com/containerd/containerd/releases/download/v1.7.34/containerd-1.7.34-linux-arm64.tar.gz",
    sha256: "824cbd16af3bdfc1b1836338350630ae1b6a58c7466636a4bed10549790090ab",
    statedBy: [
      "kubernetes-sigs/kubespray:roles/kubespray_defaults/vars/main/checksums.yml@46dbdd3994b32640bcd806b0097f50e8fdf1d514",
    ],
    confidence: "medium",
  },
  {
    name: "runc",
    version: "1.3.6",
    architecture: "amd64",
    url: "https://github.com/opencontainers/runc/releases/download/v1.3.6/runc.amd64",
    sha256: "3f3921dbbee7723e9868f97e88e51ffc910206e3ba55646e74d93d24ea76023c",
    statedBy: [
      "kubernetes-sigs/kubespray:roles/kubespray_defaults/vars/main/checksums.yml@46dbdd3994b32640bcd806b0097f50e8fdf1d514",
    ],
    confidence: "medium",
  },
  {
    name: "runc",
    version: "1.3.6",
    architecture: "arm64",
    url: "https://github.com/opencontainers/runc/releases/download/v1.3.6/runc.arm64",
    sha256: "6be27a061ef89bb14c6cb495405bba80f46cea213b8f79378a6086b1bac6b747",
    statedBy: [
      "kubernetes-sigs/kubespray:roles/kubespray_defaults/vars/main/checksums.yml@46dbdd3994b32640bcd806b0097f50e8fdf1d514",
    ],
    confidence: "medium",
  },
  {
    name: "cni-plugins",
    version: "1.9.1",
    architecture: "amd64",
    url: "https://github.com/containernetworking/plugins/releases/download/v1.9.1/cni-plugins-linux-amd64-v1.9.1.tgz",
    sha256: "b98f74a0f8522f0a83867178729c1aa70f2158f90c45a2ca8fa791db1c76b303",
    statedBy: [
      "kubernetes-sigs/kubespray:roles/kubespray_defaults/vars/main/checksums.yml@46dbdd3994b32640bcd806b0097f50e8fdf1d514",
    ],
    confidence: "medium",
  },
  {
    name: "cni-plugins",
    version: "1.9.1",
    architecture: "arm64",
    url: "https://github.com/containernetworking/plugins/releases/download/v1.9.1/cni-plugins-linux-arm64-v1.9.1.tgz",
    sha256: "56171987d3947707c3563db2f4001bccaf50fd63468611b9f3cbecb1375ee7ec",
    statedBy: [
      "kubernetes-sigs/kubespray:roles/kubespray_defaults/vars/main/checksums.yml@46dbdd3994b32640bcd806b0097f50e8fdf1d514",
    ],
    confidence: "medium",
  },
];
