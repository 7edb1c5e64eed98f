import { parseAllDocuments } from "yaml";
import { versions } from "../../infra/versions";
import { coreDnsManifests, namesBelow } from "./addons/core-dns";
import { flannelManifests } from "./addons/flannel";
import { kubeProxyManifests, proxyKubeconfig } from "./addons/kube-proxy";
import { dnsAddress, nodePodCidr } from "./addresses";
import { initConfig, joinConfig } from "./kubeadm-config";
import { addonImages } from "./versions";

const images = addonImages("1.34.4");

const settings = {
  clusterName: "dev",
  nodeName: "node-0",
  address: "10.213.7.10",
  certificateNames: ["10.213.7.10", "api.example.org"],
  kubernetesVersion: "v1.34.4",
  podCidr: "10.244.0.0/16",
  serviceCidr: "10.96.0.0/12",
  cgroupDriver: "cgroupfs",
  failSwapOn: false,
} as const;

const documentsOf = (text: string): unknown[] => parseAllDocuments(text).map((document) => document.toJS() as unknown);

describe("kubeadm's input", () => {
  test("for a control plane that runs pods and shares its disk", () => {
    expect(documentsOf(initConfig({ ...settings, runsPods: true, dedicatedDisk: false }))).toMatchSnapshot();
  });

  test("a control plane of its own keeps kubeadm's taint, a disk of its own kubelet's thresholds", () => {
    const [init, , kubelet] = documentsOf(initConfig({ ...settings, runsPods: false, dedicatedDisk: true }));
    expect(init).not.toHaveProperty("nodeRegistration.taints");
    expect(kubelet).not.toHaveProperty("evictionHard");
    expect(kubelet).not.toHaveProperty("imageGCHighThresholdPercent");
  });

  test("for a worker", () => {
    expect(documentsOf(joinConfig({ nodeName: "node-1" }))).toMatchSnapshot();
  });
});

describe("add-ons", () => {
  test("kube-proxy", () => {
    const kubeconfig = proxyKubeconfig("10.213.7.10");
    const wanted = { image: images.kubeProxy, mode: "nftables", podCidr: "10.244.0.0/16", kubeconfig } as const;
    expect(kubeProxyManifests(wanted)).toMatchSnapshot();
  });

  const dns = { image: images.coreDns, address: dnsAddress("10.96.0.0/12"), replicas: 2, apiAddress: "10.213.7.10" };

  test("CoreDNS", () => {
    expect(coreDnsManifests({ ...dns, upstreams: ["/etc/resolv.conf"] })).toMatchSnapshot();
  });

  test("CoreDNS on machines without nameservers asks nobody", () => {
    expect(JSON.stringify(coreDnsManifests({ ...dns, upstreams: [] }).config)).not.toContain("forward");
  });
});

describe("flannel", () => {
  const wanted = { image: images.flannel, podCidr: "10.244.0.0/16", nftables: true, apiAddress: "10.213.7.10" };

  test("is declared object by object", () => expect(flannelManifests(wanted)).toMatchSnapshot());

  test("keeps its rules where kube-proxy keeps its own", () => {
    const configOf = (nftables: boolean) =>
      JSON.parse(String(Object(flannelManifests({ ...wanted, nftables }).config.data)["net-conf.json"]));
    expect(configOf(true)).toMatchObject({ Network: "10.244.0.0/16", EnableNFTables: true });
    expect(configOf(false)).toMatchObject({ EnableNFTables: false });
  });

  test("may look at nodes and say something about them, and no more", () => {
    expect(flannelManifests(wanted).role.rules).toEqual([
      { apiGroups: [""], resources: ["nodes"], verbs: ["get", "list", "watch"] },
      { apiGroups: [""], resources: ["nodes/status"], verbs: ["patch"] },
    ]);
  });

  test("its image is the one that is pinned", () => {
    expect(images.flannel).toBe(`ghcr.io/flannel-io/flannel:v${versions.flannel.version}@${versions.flannel.digest}`);
  });
});

describe("addresses", () => {
  test.each([
    ["10.244.0.0/16", 0, "10.244.0.0/24"],
    ["10.244.0.0/16", 255, "10.244.255.0/24"],
    ["172.16.0.0/12", 256, "172.17.0.0/24"],
    ["10.9.8.0/24", 0, "10.9.8.0/24"],
  ])("machine %s number %i gets %s", (podCidr, index, expected) => {
    expect(nodePodCidr(podCidr, index)).toBe(expected);
  });

  test.each([
    ["10.244.0.0/16", 256],
    ["10.9.8.0/24", 1],
    ["10.9.8.0/25", 0],
    ["10.244.0.0/16", -1],
    ["10.244.0.0/16", 0.5],
  ])("pod network %s has none for machine %d", (podCidr, index) => {
    expect(() => nodePodCidr(podCidr, index)).toThrow(podCidr);
  });

  test("DNS is the tenth service address", () => expect(dnsAddress("10.96.0.0/12")).toBe("10.96.0.10"));
});

test("CoreDNS takes names below a domain, and no others, to where they are served", () => {
  const pattern = new RegExp(namesBelow("ofn.io"));
  for (const name of ["echo.default.ofn.io.", "a.ofn.io."]) expect(name).toMatch(pattern);
  for (const name of ["ofn.io.", "a.ofn.io.evil.example.", "a.ofnxio.", "a.ofn.iox."])
    expect(name).not.toMatch(pattern);
});
