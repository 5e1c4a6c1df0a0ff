import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { folderOf } from "../../sandbox/build/artifact.ts";
import { kubernetesTools, pinnedVersion } from "../../sandbox/build/go-tools.ts";
import { command } from "../../sandbox/command.ts";
import { buildLinters, type Linters } from "../../sandbox/linters.ts";
import { terminalProgress } from "../../sandbox/progress.ts";
import { istioCharts } from "./chart-values.ts";
import { type Exception, EXCEPTIONS, type Finding, judged } from "./manifest-exceptions.ts";
import { run } from "./project.ts";
import { declaredBy, inFolder, type Manifest, manifestsOf, releasesOf, rendered } from "./rendered-manifests.ts";

const STACKS = ["dev", "prod"];
const KUBERNETES_MINOR = pinnedVersion("kubernetes", "k8s.io/kubernetes").split(".").slice(0, 2).join(".");

/** What the API server of a stack's cluster would get. */
interface Rendered {
  /** The program's own objects. */
  readonly own: readonly Manifest[];
  /** YAML of the objects that Istio's charts make: own objects select their pods, but they are not judged. */
  readonly charts: Readonly<Record<string, string>>;
}

let linters: Linters;
const stacks = new Map<string, Rendered>();

beforeAll(async () => {
  linters = await buildLinters(terminalProgress());
  for (const stack of STACKS) stacks.set(stack, await render(stack));
});

async function render(stack: string): Promise<Rendered> {
  const declared = await declaredBy(stack);
  const folders = await istioCharts();
  const helm = join(folderOf(kubernetesTools), "helm");
  const charts: Record<string, string> = {};
  for (const release of releasesOf(declared)) {
    const folder = folders.get(release.chart);
    if (folder !== undefined) charts[`charts/${release.name}.yaml`] = await rendered(helm, release, folder);
  }
  return { own: manifestsOf(declared), charts };
}

function renderedFor(stack: string): Rendered {
  const found = stacks.get(stack);
  if (found === undefined) throw new Error(`the stack ${stack} is not rendered`);
  return found;
}

const yamlOf = (manifests: readonly Manifest[]): string =>
  manifests.map((manifest) => stringify(manifest)).join("---\n");

/** What both linters have against the program's own objects. */
async function findingsOn({ own, charts }: Rendered): Promise<Finding[]> {
  const found = await inFolder({ ...charts, "own.yaml": yamlOf(own) }, async (folder) => [
    ...(await istioFindings(folder)),
    ...(await kubeScoreFindings([join(folder, "own.yaml"), ...Object.keys(charts).map((file) => join(folder, file))])),
  ]);
  const names = own.map(({ kind, metadata: { namespace, name } }) => objectName(kind, namespace, name));
  return found.filter(({ object }) => names.includes(object));
}

function objectName(kind: string, namespace: string | undefined, name: string): string {
  return namespace === undefined || namespace === "" ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

async function istioFindings(folder: string): Promise<Finding[]> {
  const args = ["analyze", "--use-kube=false", "--all-namespaces", "--output", "json", folder];
  const { code, stdout, output } = await run(linters.istioctl, args, { cwd: "." });
  // It ends with 0 after it has left out what it cannot parse.
  if (code !== 0 || output.includes("could not be parsed")) throw new Error(`istioctl ended with ${code}: ${output}`);
  const messages = JSON.parse(stdout) as { readonly code: string; readonly message: string; readonly origin: string }[];
  return messages.map(({ code, message, origin }) => ({ check: code, what: message, object: origin }));
}

/** Has istioctl validate manifests, which unlike an analysis refuses unknown fields. Gives "" when all are valid. */
function validated(manifests: readonly Manifest[]): Promise<string> {
  const file = { "own.yaml": yamlOf(manifests) };
  return inFolder(file, (folder) => command(linters.istioctl, ["validate", "--filename", join(folder, "own.yaml")]));
}

/** One object in kube-score's report. A grade of 10 means that all is well. */
interface Score {
  readonly type_meta: { readonly kind: string };
  readonly object_meta: { readonly name: string; readonly namespace?: string };
  readonly checks: readonly {
    readonly check: { readonly id: string };
    readonly grade: number;
    readonly skipped: boolean;
    /** `path` is the container's name; "" for what is not of a container. */
    readonly comments: readonly { readonly path: string; readonly summary: string }[] | null;
  }[];
}

async function kubeScoreFindings(files: readonly string[]): Promise<Finding[]> {
  const args = ["score", "--kubernetes-version", KUBERNETES_MINOR, "--output-format", "json", ...files];
  const { code, stdout, output } = await run(linters.kubeScore, args, { cwd: "." });
  // 1 says that there are findings, or that a file cannot be parsed: nothing is on stdout then.
  if (code > 1 || stdout === "") throw new Error(`kube-score ended with ${code}: ${output}`);
  const scores = JSON.parse(stdout) as readonly Score[];
  return scores.flatMap(({ type_meta: { kind }, object_meta: { namespace, name }, checks }) =>
    checks
      .filter(({ grade, skipped }) => !skipped && grade < 10)
      .flatMap(({ check, comments }) =>
        (comments ?? []).map(({ path, summary }) => ({
          check: check.id,
          what: path === "" ? summary : `${path}: ${summary}`,
          object: objectName(kind, namespace, name),
        })),
      ),
  );
}

describe("mocks, istioctl and kube-score: what the program declares", () => {
  it.each(STACKS)("for the stack %s has no fault, and each exception is needed", async (stack) => {
    const findings = await findingsOn(renderedFor(stack));
    expect(judged(stack, findings, EXCEPTIONS)).toEqual({ faults: [], unneeded: [] });
  });

  it.each(STACKS)("for the stack %s has no field that Istio does not know", async (stack) => {
    const { own } = renderedFor(stack);
    await expect(validated(own)).resolves.toBe("");
    const typo = own.map((manifest) =>
      manifest.kind === "DestinationRule" ? { ...manifest, spec: { hots: "example.com" } } : manifest,
    );
    await expect(validated(typo)).rejects.toThrow('unknown field "hots"');
  });

  it("is at fault without what its own objects refer to", async () => {
    const { own, charts } = renderedFor("dev");
    const [host = ""] = own.filter(({ kind }) => kind === "Gateway").map(({ metadata: { name } }) => name);
    const kept = own.filter(({ kind }) => kind !== "Gateway" && kind !== "NetworkPolicy");
    const { faults } = judged("dev", await findingsOn({ own: kept, charts }), EXCEPTIONS);
    const found = faults.map(({ check, what }) => `${check}: ${what}`);
    expect(found.filter((fault) => fault.startsWith("IST0101"))).toHaveLength(1);
    expect(found.find((fault) => fault.startsWith("IST0101"))).toContain(`/${host}"`);
    expect(found.filter((fault) => fault.startsWith("pod-networkpolicy: "))).toHaveLength(2);
  });

  it("is at fault where no pod has the labels of its gateway", async () => {
    const { own } = renderedFor("dev");
    const { faults } = judged("dev", await findingsOn({ own, charts: {} }), EXCEPTIONS);
    expect(faults.map(({ check }) => check)).toEqual(["networkpolicy-targets-pod"]);
  });
});

describe("pure: a table of exceptions", () => {
  const finding: Finding = { check: "pod-probes", what: "no probe", object: "Deployment vllm/vllm-v1-deployment" };
  const exception: Exception = { ...finding, object: "Deployment */vllm-*", stacks: ["dev"], reason: "none" };

  it("covers a finding of its check, words, object and stack", () => {
    expect(judged("dev", [finding], [exception])).toEqual({ faults: [], unneeded: [] });
  });

  it.each([
    ["check", { ...finding, check: "pod-networkpolicy" }],
    ["words", { ...finding, what: "no other probe" }],
    ["object", { ...finding, object: "Deployment vllm/other" }],
    ["kind", { ...finding, object: "StatefulSet vllm/vllm-v1-deployment" }],
  ])("leaves a finding of another %s, and is unneeded then", (_, other) => {
    expect(judged("dev", [other], [exception])).toEqual({ faults: [other], unneeded: [exception] });
  });

  it("does not count in another stack", () => {
    expect(judged("prod", [finding], [exception])).toEqual({ faults: [finding], unneeded: [] });
  });
});
