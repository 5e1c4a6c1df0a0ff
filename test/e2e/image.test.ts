import { execFileSync } from "node:child_process";
import { gunzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { baseImages } from "../../sandbox/build/system-images.ts";
import { kubectl, mustPulumi } from "./stack.ts";

const megabyte = 1e6;
const manifestType = "application/vnd.oci.image.manifest.v1+json";

interface Manifest {
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly digest: string; readonly size: number }[];
  readonly annotations: Readonly<Record<string, string>>;
}

interface Image {
  readonly config: {
    readonly User: string;
    readonly Entrypoint: readonly string[];
    readonly Cmd: readonly string[];
    readonly Env: readonly string[];
    readonly Labels: Readonly<Record<string, string>>;
    readonly ExposedPorts: Readonly<Record<string, unknown>>;
    readonly Healthcheck?: unknown;
  };
}

interface Entry {
  readonly mode: string;
  readonly owner: string;
  /** Without a leading `./`. */
  readonly path: string;
}

interface Layer {
  /** Size of its archive in bytes, as stored and uncompressed. */
  readonly stored: number;
  readonly size: number;
  /** Its files and links, without folders. */
  readonly files: readonly Entry[];
}

let manifest: Manifest;
let image: Image;
let layers: readonly Layer[];

/** A line of `tar -tv`: mode, owner, size, day, time, path and, for a link, where it leads. */
function entryOf(line: string): Entry {
  const [mode = "", owner = "", , , , path = ""] = line.split(/\s+/);
  return { mode, owner, path: path.replace(/^\.\//, "") };
}

function layerOf(blob: Buffer): Layer {
  const archive = gunzipSync(blob);
  const listed = execFileSync("tar", ["-tv", "--numeric-owner"], { input: archive }).toString().trim().split("\n");
  const files = listed.map(entryOf).filter(({ mode }) => !mode.startsWith("d"));
  return { stored: blob.length, size: archive.length, files };
}

beforeAll(async () => {
  const reference = (await mustPulumi("config", "get", "serviceImage")).trim();
  const [, registry = "", repository = "", digest = ""] = /^([^/]+)\/(.+)@(.+)$/.exec(reference) ?? [];
  const get = async (what: string) => {
    const answer = await fetch(`http://${registry}/v2/${repository}/${what}`, { headers: { accept: manifestType } });
    if (!answer.ok) throw new Error(`${answer.url} answers ${answer.status}`);
    return Buffer.from(await answer.arrayBuffer());
  };
  manifest = JSON.parse((await get(`manifests/${digest}`)).toString()) as Manifest;
  image = JSON.parse((await get(`blobs/${manifest.config.digest}`)).toString()) as Image;
  layers = (await Promise.all(manifest.layers.map(({ digest: layer }) => get(`blobs/${layer}`)))).map(layerOf);
});

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

describe("the service image", () => {
  it("is smaller than 200 MB, and than 100 MB where it is stored", () => {
    expect(sum(layers.map(({ size }) => size))).toBeLessThan(200 * megabyte);
    expect(sum(layers.map(({ stored }) => stored))).toBeLessThan(100 * megabyte);
  });

  it("runs the bundle with Node alone, as a user without a name or rights", () => {
    const { User, Entrypoint, Cmd, Env, ExposedPorts, Healthcheck } = image.config;
    expect({ User, Entrypoint, Cmd, ports: Object.keys(ExposedPorts), Healthcheck }).toEqual({
      User: "65532:65532",
      Entrypoint: ["/nodejs/bin/node"],
      Cmd: ["--enable-source-maps", "/srv/app/dist/server.mjs"],
      ports: ["8000/tcp", "8001/tcp"],
      Healthcheck: undefined,
    });
    expect(Env).toContain("NODE_ENV=production");
  });

  it("says what it is and what it stands on", () => {
    const { Labels } = image.config;
    expect(Labels).toMatchObject({
      "org.opencontainers.image.title": "vllm-istio-canary",
      "org.opencontainers.image.licenses": "Apache-2.0",
    });
    expect(manifest.annotations["org.opencontainers.image.base.name"]).toBe(baseImages.runtime);
  });

  it("adds to its base the bundle and the licences in it, which nobody inside may change", () => {
    const added = layers.at(-1)?.files ?? [];
    const paths = added.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(["srv/app/dist/server.mjs", "srv/app/dist/THIRD-PARTY-LICENSES.txt"]));
    expect(
      paths.filter((path) => !/^srv\/app\/dist\/([\w-]+\.mjs(\.map)?|THIRD-PARTY-LICENSES\.txt)$/.test(path)),
    ).toEqual([]);
    expect(new Set(added.map(({ mode, owner }) => `${mode} ${owner}`))).toEqual(new Set(["-rw-r--r-- 0/0"]));
  });

  it("has no shell, no package manager and no packages", () => {
    const paths = layers.flatMap(({ files }) => files.map(({ path }) => path));
    expect(paths).toContain("nodejs/bin/node");
    const tools = /(^|\/)(sh|ash|bash|dash|busybox|apt|apt-get|dpkg|npm|npx|corepack|esbuild)$/;
    expect(paths.filter((path) => tools.test(path) || path.includes("node_modules/"))).toEqual([]);
  });
});

describe("a pod of it", () => {
  const inPod = async (program: string) => {
    const [pod = ""] = (await kubectl("-n", "vllm", "get", "pods", "-o", "name")).split("\n");
    return kubectl("-n", "vllm", "exec", pod, "-c", "server", "--", "/nodejs/bin/node", "-e", program);
  };

  it("runs as 65532", async () => {
    const program = `console.log(/^Uid:\\t(.*)$/m.exec(fs.readFileSync("/proc/1/status", "utf8"))[1])`;
    expect(await inPod(program)).toBe("65532\t65532\t65532\t65532\n");
  });

  it("can write nowhere on its root", async () => {
    const program = `
      const attempt = (folder) => { try { fs.writeFileSync(folder + "/x", ""); return "written"; } catch (e) { return e.code; } };
      console.log(["", "/srv/app/dist", "/home/nonroot", "/nodejs/bin", "/etc"].map(attempt).join());`;
    expect(await inPod(program)).toBe("EROFS,EROFS,EROFS,EROFS,EROFS\n");
  });
});
