import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { command, retried } from "../command.ts";
import { sourceOf, type Artifact } from "./artifact.ts";

const suite = "bookworm";
const publicMirror = "https://deb.debian.org/debian";

/** What pods' images stand on; iptables is for Istio's sidecar, which redirects a pod's traffic with it. */
const imagePackages = ["ca-certificates", "iptables"];

/** What the node itself runs. */
const nodePackages = [
  ...imagePackages,
  ...["mount", "iproute2", "containerd", "runc", "containernetworking-plugins", "buildah", "tini", "openssl"],
];

/** The mirror this machine's own apt uses, when it is a Debian of the same suite; else the public one. */
async function mirror(): Promise<string> {
  const release = readFileSync("/etc/os-release", "utf8");
  if (!release.includes(`VERSION_CODENAME=${suite}`) || !/^ID=debian$/m.test(release)) return publicMirror;
  const format = "$(REPO_URI) $(RELEASE) $(COMPONENT)";
  const lines = await command("apt-get", ["indextargets", "--format", format, "Created-By: Packages"]);
  const own = lines.split("\n").find((line) => line.endsWith(` ${suite} main`));
  return own?.split(" ")[0] ?? publicMirror;
}

async function bootstrap(packages: readonly string[], target: string): Promise<void> {
  const args = ["--quiet", "--variant=apt", `--include=${packages.join(",")}`, suite, target, await mirror()];
  // A killed build leaves its scratch files in the cache, where they are found and removed.
  const scratch = `${target}.scratch`;
  // Fixed times make the same packages give the same bytes.
  const env = { SOURCE_DATE_EPOCH: "0", TMPDIR: scratch };
  await retried(async () => {
    // A failed attempt leaves what mmdebstrap then refuses to write over.
    for (const left of [target, scratch]) rmSync(left, { recursive: true, force: true });
    mkdirSync(scratch);
    await command("mmdebstrap", args, { env, whenKilled: "dies with its children" });
  });
  rmSync(scratch, { recursive: true });
}

/** A small Debian as one image layer. */
export const imageRoot: Artifact = {
  name: "debian-image",
  inputs: [...imagePackages, sourceOf(import.meta.url)],
  needs: [],
  build: (folder) => bootstrap(imagePackages, join(folder, "layer.tar")),
};

/** Folder, inside the artifact, that holds the node's root file system. */
export const nodeRootFolder = "root";

/** A Debian with container runtime and image builder: the root file system in which a sandbox's node runs. */
export const nodeRoot: Artifact = {
  name: "debian-node",
  inputs: [...nodePackages, sourceOf(import.meta.url)],
  needs: [],
  build: (folder) => bootstrap(nodePackages, join(folder, nodeRootFolder)),
};
