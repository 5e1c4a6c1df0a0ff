import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import packageJson from "../package.json" with { type: "json" };

/** What the tests look at in a step. */
interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

/** What the tests look at in a job. */
interface Job {
  readonly if?: string;
  readonly needs?: string | readonly string[];
  readonly environment?: string;
  readonly concurrency?: object;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly "timeout-minutes"?: number;
  readonly steps: readonly Step[];
}

/** What the tests look at in a workflow. */
interface Workflow {
  readonly on: object;
  readonly permissions?: object;
  readonly jobs: Readonly<Record<string, Job>>;
}

const FOLDER = ".github/workflows";
const files = readdirSync(FOLDER);
const read = (file: string): string => readFileSync(`${FOLDER}/${file}`, "utf8");
const { on, jobs } = parse(read("ci.yaml")) as Workflow;
const NPM = /\bnpm (?:run [\w:.-]+|test)/g;

/** The npm commands of those jobs that check something, in their order. */
function checksOf(names: readonly string[]): string[] {
  const steps = names.flatMap((name) => jobs[name]?.steps ?? []);
  return steps.flatMap(({ run = "" }) => Array.from(run.matchAll(NPM), ([command]) => command));
}

describe.each(files)("pure: the workflow %s", (file) => {
  const text = read(file);
  const workflow = parse(text) as Workflow;
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);

  it("takes every action by its full commit, beside the release that it is", () => {
    const lines = text.split("\n").filter((line) => /^\s*(- )?uses:/.test(line));
    expect(lines).toHaveLength(steps.filter(({ uses }) => uses !== undefined).length);
    for (const line of lines) expect(line).toMatch(/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it("names one commit for one action everywhere", () => {
    const commits = new Set(steps.flatMap(({ uses }) => (uses === undefined ? [] : [uses])));
    const actions = new Set(Array.from(commits, (uses) => uses.split("@")[0]));
    expect(commits.size).toBe(actions.size);
  });

  it("gives no permission that a job does not ask for, and none to write but comments on a pull request", () => {
    expect(workflow.permissions).toEqual({});
    for (const [name, job] of Object.entries(workflow.jobs)) {
      const comments = job.steps.some((step) => step.with?.["comment-on-pr"] === true);
      expect([name, job.permissions]).toEqual([
        name,
        { contents: "read", ...(comments && { "pull-requests": "write" }) },
      ]);
    }
  });

  it("keeps no token in the checkout and ends every job in time", () => {
    for (const job of Object.values(workflow.jobs)) expect(job["timeout-minutes"]).toBeGreaterThan(0);
    const checkouts = steps.filter(({ uses }) => uses?.startsWith("actions/checkout@"));
    for (const step of checkouts) expect(step.with).toEqual({ "persist-credentials": false });
  });

  it("calls only npm scripts that there are", () => {
    const called = steps.flatMap(({ run = "" }) =>
      Array.from(run.matchAll(/\bnpm run ([\w:.-]+)/g), ([, name]) => name),
    );
    expect(called.filter((name = "") => !Object.hasOwn(packageJson.scripts, name))).toEqual([]);
  });

  it("puts nothing that others write into a shell", () => {
    expect(steps.filter(({ run = "" }) => run.includes("${{"))).toEqual([]);
  });

  it("uses the Node.js and the Pulumi that the project pins", () => {
    const versions = (input: string): unknown[] => steps.flatMap((step) => step.with?.[input] ?? []);
    expect(new Set(versions("node-version"))).toEqual(new Set([packageJson.devDependencies.node]));
    expect(new Set(versions("pulumi-version"))).toEqual(new Set([packageJson.devDependencies["@pulumi/pulumi"]]));
  });
});

describe("pure: CI", () => {
  it("runs the README's test commands and no others", () => {
    const [, section = ""] = readFileSync("README.md", "utf8").split("\n## Tests\n");
    const [, commands = ""] = /```sh\n([^`]*)```/.exec(section) ?? [];
    expect(checksOf(Object.keys(jobs))).toEqual(commands.trim().split("\n"));
  });

  it("runs on every pull request and on main alone", () => {
    expect(on).toEqual({ pull_request: null, push: { branches: ["main"] } });
  });

  it("gives secrets to the jobs that reach the cluster alone", () => {
    const withSecrets = Object.entries(jobs).filter(([, job]) => JSON.stringify(job).includes("secrets."));
    expect(withSecrets.map(([name]) => name)).toEqual(["preview", "up"]);
  });

  it("previews prod on pull requests from this repository, under the policy pack, as a comment", () => {
    const { preview } = jobs;
    expect(preview?.if).toBe(
      "github.event_name == 'pull_request' && github.event.pull_request.head.repo.full_name == github.repository",
    );
    expect(preview?.steps.at(-1)?.with).toMatchObject({
      command: "preview",
      "stack-name": "prod",
      policyPacks: "policy",
      "comment-on-pr": true,
    });
  });

  it("updates prod on main, after every check and an approval, one at a time", () => {
    const { up } = jobs;
    expect(up).toMatchObject({
      if: "github.event_name == 'push' && github.ref == 'refs/heads/main'",
      needs: ["checks", "contract", "e2e"],
      environment: "production",
      concurrency: { group: "up-prod", "cancel-in-progress": false },
    });
    expect(checksOf(up?.needs as string[])).toEqual(checksOf(Object.keys(jobs)));
    expect(up?.steps.at(-1)?.with).toMatchObject({ command: "up", "stack-name": "prod", policyPacks: "policy" });
  });
});
