import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { command, retried } from "../command.ts";
import { projectFolder } from "../folders.ts";
import type { Artifact } from "./artifact.ts";

/** A Go module of `sandbox/toolchain` and what is built from it. */
interface GoModule {
  readonly name: string;
  readonly packages: readonly string[];
  readonly flags: readonly string[];
}

const toolchainFolder = join(projectFolder, "sandbox/toolchain");
const strip = "-s -w";

/** Folder of a Go module of the toolchain. */
export function moduleFolder(name: string): string {
  return join(toolchainFolder, name);
}

function sourcesOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((file) => readFileSync(file, "utf8"));
}

/** The version that a Go module's go.mod pins for a dependency, with its leading v. */
export function pinnedVersion(moduleName: string, dependency: string): string {
  const lines = readFileSync(join(moduleFolder(moduleName), "go.mod"), "utf8").split("\n");
  const line = lines
    .map((text) => text.trim())
    .find((text) => text.replace(/^require /, "").startsWith(`${dependency} v`));
  const version = line?.replace(/^require /, "").split(" ")[1];
  if (version === undefined) throw new Error(`${moduleName}/go.mod does not require ${dependency}`);
  return version;
}

function goTools({ name, packages, flags }: GoModule): Artifact {
  const folder = moduleFolder(name);
  const env = { CGO_ENABLED: "0", GOFLAGS: "" };
  const go = (args: readonly string[]) =>
    command("go", args, { cwd: folder, env, whenKilled: "dies with its children" });
  return {
    name,
    inputs: [...sourcesOf(folder), ...packages, ...flags],
    needs: [],
    // Listing the dependencies downloads just the modules that the build needs.
    prepare: () => retried(() => go(["list", "-deps", ...flags, ...packages])),
    compiles: true,
    build: async (output) => {
      await go(["build", "-trimpath", "-buildvcs=false", ...flags, "-o", `${output}/`, ...packages]);
    },
  };
}

const kubernetesVersion = pinnedVersion("kubernetes", "k8s.io/kubernetes");
const [major = "", minor = ""] = kubernetesVersion.slice(1).split(".");
const versionPackage = "k8s.io/component-base/version";

/** etcd, Kubernetes, kubectl, CoreDNS, an image registry, Helm and crane. */
export const kubernetesTools = goTools({
  name: "kubernetes",
  packages: [
    ...["./cmd/kube", "./cmd/coredns", "./cmd/registry", "./cmd/pause"],
    ...["helm.sh/helm/v3/cmd/helm", "github.com/google/go-containerregistry/cmd/crane"],
  ],
  flags: [
    "-ldflags",
    `${strip} -X ${versionPackage}.gitVersion=${kubernetesVersion} -X ${versionPackage}.gitMajor=${major} -X ${versionPackage}.gitMinor=${minor}`,
  ],
});

/** istiod, Istio's agent, its CNI plugin and istioctl; and metrics-server, which shares most of what they compile. */
export const istioTools = goTools({
  name: "istio",
  packages: [
    ...["istio.io/istio/pilot/cmd/pilot-discovery", "istio.io/istio/pilot/cmd/pilot-agent"],
    ...["istio.io/istio/cni/cmd/install-cni", "istio.io/istio/cni/cmd/istio-cni"],
    ...["istio.io/istio/istioctl/cmd/istioctl", "sigs.k8s.io/metrics-server/cmd/metrics-server"],
  ],
  flags: ["-tags", "vtprotobuf,disable_pgv", "-ldflags", strip],
});

/** Pulumi's engine and CLI, for machines that do not have them. */
export const pulumiTools = goTools({
  name: "pulumi",
  packages: ["github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"],
  flags: [
    "-ldflags",
    `${strip} -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${pinnedVersion("pulumi", "github.com/pulumi/pulumi/pkg/v3")}`,
  ],
});

/** kube-score, which judges Kubernetes manifests; no sandbox needs it. */
export const lintTools = goTools({
  name: "linters",
  packages: ["github.com/zegl/kube-score/cmd/kube-score"],
  flags: ["-ldflags", strip],
});
