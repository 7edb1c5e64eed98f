import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dockerConfigSecret } from "./docker-config";
import { registryHost, registryHostsToml, registryObjects } from "./manifests";

const spec = { name: "registry", namespace: "images", image: "r.example/registry:1" };
const login = { username: "builder", password: "SECRET" };

describe("a registry of the cluster's own", () => {
  test("its password is in its Secret and nowhere else", () => {
    const { secret, ...rest } = registryObjects({ ...spec, login });
    expect(secret).toMatchObject({ kind: "Secret", type: "kubernetes.io/basic-auth", stringData: login });
    expect(Object.values(rest).map(({ kind }) => kind)).toEqual(["Deployment", "Service"]);
    expect(JSON.stringify(rest)).not.toContain("SECRET");
  });

  test("is asked for by its name in the cluster, which its Service answers", () => {
    expect(registryHost(spec)).toBe("registry.images.svc.cluster.local:5000");
    const { service } = registryObjects({ ...spec, login });
    expect(service).toMatchObject({
      metadata: { name: "registry", namespace: "images" },
      spec: { ports: [{ port: 5000 }] },
    });
  });

  test("a Secret for builds and pods has the login by the registry's host", () => {
    const { stringData, type } = dockerConfigSecret({ name: "push", namespace: "b" }, { [registryHost(spec)]: login });
    expect(type).toBe("kubernetes.io/dockerconfigjson");
    expect(JSON.parse((stringData as Record<string, string>)[".dockerconfigjson"]!)).toEqual({
      auths: {
        "registry.images.svc.cluster.local:5000": { ...login, auth: Buffer.from("builder:SECRET").toString("base64") },
      },
    });
  });

  test("has what it is filled with before it serves, on the node that is named", () => {
    const { deployment } = registryObjects({
      ...spec,
      login,
      filledFrom: ["r.example/rust:1"],
      nodeSelector: { a: "b" },
    });
    const { initContainers, nodeSelector, containers } = (
      deployment.spec as {
        template: { spec: { initContainers: object[]; nodeSelector: object; containers: object[] } };
      }
    ).template.spec;
    expect(nodeSelector).toEqual({ a: "b" });
    expect(initContainers).toMatchObject([
      {
        image: "r.example/rust:1",
        command: ["/usr/bin/cp", "-r", "/contents/.", "/var/lib/docker-registry"],
        volumeMounts: [{ name: "storage", mountPath: "/var/lib/docker-registry" }],
      },
    ]);
    expect(containers).toHaveLength(1);
  });

  test("machines find it by the Service's address, for pulling only", () => {
    expect(registryHostsToml(registryHost(spec), "10.96.0.20")).toBe(
      [
        'server = "http://registry.images.svc.cluster.local:5000"',
        "",
        '[host."http://10.96.0.20:5000"]',
        '  capabilities = ["pull", "resolve"]',
        "",
      ].join("\n"),
    );
  });

  test("keeps a hash of the password for one user, that nobody else reads", () => {
    const folder = mkdtempSync(join(tmpdir(), "ofwasm-registry-"));
    try {
      writeFileSync(join(folder, "mkpasswd"), "#!/bin/sh\nread -r p || :\nprintf '%s\\n' \"hash-$1-$p\"\n", {
        mode: 0o755,
      });
      writeFileSync(join(folder, "docker-registry"), '#!/bin/sh\necho "$@"\n', { mode: 0o755 });
      for (const [name, value] of Object.entries(login)) writeFileSync(join(folder, name), value);
      const script = join(__dirname, "scripts", "serve.sh");
      const list = join(folder, "list");
      const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` };
      const { stdout } = spawnSync("sh", [script, folder, list, "config.yml"], { env, encoding: "utf8" });
      expect(stdout).toBe("serve config.yml\n");
      expect(readFileSync(list, "utf8")).toBe("builder:hash---method=bcrypt-SECRET\n");
      expect(spawnSync("stat", ["-c", "%a", list], { encoding: "utf8" }).stdout).toBe("600\n");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
