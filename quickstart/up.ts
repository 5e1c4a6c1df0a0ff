/** `npm run up`: from nothing to a live canary, on a sandbox; with `-- --context NAME` on a cluster that is there. */
import { parseArgs } from "node:util";
import { terminalProgress } from "../sandbox/progress.ts";
import { checkRelease, type StackOutputs } from "./check.ts";
import { Pulumi, stackName } from "./pulumi.ts";
import { contextTarget, sandboxTarget, type Target } from "./target.ts";

const usage = `usage: npm run up [-- OPTION]

  --context NAME  release to the cluster of this kubeconfig context instead of a sandbox
  --name NAME     which sandbox, when there are several (default: sandbox)`;

async function release({ environment, settings }: Target): Promise<StackOutputs> {
  const pulumi = new Pulumi(environment);
  await pulumi.capture("stack", "select", "--create", stackName);
  for (const [key, value] of Object.entries(settings)) {
    await pulumi.capture("config", "set", "--stack", stackName, key, value);
  }
  await pulumi.show("up", "--stack", stackName, "--yes", "--skip-preview", "--suppress-outputs");
  return JSON.parse(await pulumi.capture("stack", "output", "--stack", stackName, "--json")) as StackOutputs;
}

function nextCommands({ tryIt, canaryWeight }: StackOutputs, shell: string | undefined): string {
  const weight = canaryWeight === 50 ? 90 : 50;
  return [
    "Next:",
    ...(shell === undefined ? [] : [`  ${shell}   # a shell in which the commands below work`]),
    `  pulumi config set canaryWeight ${weight} && pulumi up --yes`,
    `  ${tryIt.completion}`,
    `  ${tryIt.abTest}`,
  ].join("\n");
}

async function main(): Promise<void> {
  const options = { context: { type: "string" }, name: { type: "string" }, help: { type: "boolean" } } as const;
  const { values } = parseArgs({ options });
  if (values.help === true) {
    console.log(usage);
    return;
  }
  if (values.context !== undefined && values.name !== undefined) {
    throw new Error("--context and --name exclude each other: the one is a cluster of yours, the other a sandbox");
  }
  const progress = terminalProgress();
  const target =
    values.context === undefined
      ? await sandboxTarget(values.name ?? "sandbox", progress)
      : contextTarget(values.context);
  progress.say(`pulumi up (stack ${stackName})`);
  const outputs = await release(target);
  progress.say("asking through the gateway\n");
  if (outputs.tryIt.portForward === undefined) console.log(await checkRelease(outputs));
  else
    console.log(
      `The gateway has no address of its own; keep this running in another terminal:\n  ${outputs.tryIt.portForward}`,
    );
  console.log(`\n${nextCommands(outputs, target.shell)}\n`);
  progress.say("done");
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
