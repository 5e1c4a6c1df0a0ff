/** `npm run up`: from nothing to a live canary, on a sandbox; with `-- --context NAME` on a cluster that is there. */
import { parseArgs } from "node:util";
import { defaultSandbox } from "../sandbox/folders.ts";
import { refuseSwallowedOptions } from "../sandbox/options.ts";
import { terminalProgress } from "../sandbox/progress.ts";
import { checkRelease, type StackOutputs } from "./check.ts";
import { portForward } from "./port-forward.ts";
import { Pulumi, stackName } from "./pulumi.ts";
import { contextTarget, sandboxTarget, type Target } from "./target.ts";

const usage = `usage: npm run up [-- OPTION]

  --context NAME  release to the cluster of this kubeconfig context instead of a sandbox
  --name NAME     which sandbox, when there are several (default: sandbox)`;

async function release({ environment, settings }: Target): Promise<StackOutputs> {
  const pulumi = new Pulumi(environment);
  await pulumi.capture("stack", "select", "--create", stackName);
  for (const [key, value] of Object.entries(settings)) {
    await pulumi.capture("config", "set", "--path", "--stack", stackName, key, value);
  }
  await pulumi.show("up", "--stack", stackName, "--yes", "--skip-preview", "--suppress-outputs");
  return JSON.parse(await pulumi.capture("stack", "output", "--stack", stackName, "--json")) as StackOutputs;
}

/** Asks through the gateway, by a port-forward of its own where the gateway has no address. */
async function check(outputs: StackOutputs, environment: NodeJS.ProcessEnv): Promise<string> {
  if (outputs.tryIt.portForward === undefined) return checkRelease(outputs);
  const { url, stop } = await portForward(outputs.tryIt.portForward, environment);
  try {
    return await checkRelease({ ...outputs, gatewayUrl: url });
  } finally {
    stop();
  }
}

function nextCommands({ tryIt, canaryWeight }: StackOutputs, shell: string | undefined): string {
  const weight = canaryWeight === 50 ? 90 : 50;
  return [
    "Next:",
    ...(shell === undefined ? [] : [`  ${shell}   # a shell in which the commands below work`]),
    `  pulumi config set canaryWeight ${weight} && pulumi up --yes`,
    ...(tryIt.portForward === undefined ? [] : [`  ${tryIt.portForward}   # the way to the gateway, while it runs`]),
    `  ${tryIt.completion}`,
    `  ${tryIt.abTest}`,
  ].join("\n");
}

async function main(): Promise<void> {
  const options = { context: { type: "string" }, name: { type: "string" }, help: { type: "boolean" } } as const;
  refuseSwallowedOptions(["context", "name"]);
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
      ? await sandboxTarget(values.name ?? defaultSandbox, progress)
      : contextTarget(values.context);
  progress.say(`pulumi up (stack ${stackName})`);
  const outputs = await release(target);
  progress.say("asking through the gateway\n");
  console.log(await check(outputs, target.environment));
  console.log(`\n${nextCommands(outputs, target.shell)}\n`);
  progress.say("done");
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
