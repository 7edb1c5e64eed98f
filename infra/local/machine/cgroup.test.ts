import { parseHierarchies } from "./cgroup";

const LEGACY_MOUNTS = `27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory
40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,name=systemd
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
`;

describe("parseHierarchies", () => {
  it("finds this process's folder in each legacy hierarchy and in the unified one", () => {
    const own = "9:name=systemd:/\n4:memory:/session/1\n2:cpu,cpuacct:/\n0::/user\n";
    expect(parseHierarchies(LEGACY_MOUNTS, own)).toEqual([
      { mount: "/sys/fs/cgroup/systemd", controllers: ["name=systemd"], own: "/sys/fs/cgroup/systemd" },
      { mount: "/sys/fs/cgroup/memory", controllers: ["memory"], own: "/sys/fs/cgroup/memory/session/1" },
      { mount: "/sys/fs/cgroup/cpu,cpuacct", controllers: ["cpu", "cpuacct"], own: "/sys/fs/cgroup/cpu,cpuacct" },
      { mount: "/sys/fs/cgroup/unified", controllers: [], own: "/sys/fs/cgroup/unified/user" },
    ]);
  });

  it("finds the only hierarchy of a unified host", () => {
    const mounts = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";
    expect(parseHierarchies(mounts, "0::/user.slice/user-0.slice/session-4.scope\n")).toEqual([
      { mount: "/sys/fs/cgroup", controllers: [], own: "/sys/fs/cgroup/user.slice/user-0.slice/session-4.scope" },
    ]);
  });

  it("counts from the part of a hierarchy that a mount shows", () => {
    const mounts = "35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n";
    const own = (path: string) => parseHierarchies(mounts, `4:memory:${path}\n`)[0]?.own;
    expect(own("/docker/abc")).toBe("/sys/fs/cgroup/memory");
    expect(own("/docker/abc/x:y")).toBe("/sys/fs/cgroup/memory/x:y");
    expect(own("/elsewhere")).toBe("/sys/fs/cgroup/memory");
  });

  it("leaves out a hierarchy that is mounted nowhere", () => {
    expect(parseHierarchies(LEGACY_MOUNTS, "3:net_cls:/\n0::/\n")).toHaveLength(1);
  });
});
