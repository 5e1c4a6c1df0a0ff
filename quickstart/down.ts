/** `npm run down`: removes what `npm run up` made. */
import { parseArgs } from "node:util";
import { defaultSandbox } from "../sandbox/folders.ts";
import { refuseSwallowedOptions } from "../sandbox/options.ts";
import { stopSandbox } from "../sandbox/stop.ts";
import { Pulumi, stackName } from "./pulumi.ts";
import { removeContext, removeSandboxSettings } from "./settings-file.ts";
import { contextTarget } from "./target.ts";

async function destroyOn(context: string): Promise<void> {
  const { environment } = contextTarget(context);
  const pulumi = new Pulumi(environment);
  await pulumi.show("destroy", "--stack", stackName, "--yes", "--skip-preview");
  removeContext();
  console.log(`Istio's CRDs stay, because other meshes may use them; if none does:
  kubectl --context ${context} get crd -o name | grep istio.io | xargs kubectl --context ${context} delete`);
}

try {
  refuseSwallowedOptions(["context", "name"]);
  const { values } = parseArgs({ options: { context: { type: "string" }, name: { type: "string" } } });
  if (values.context !== undefined) {
    await destroyOn(values.context);
  } else {
    const name = values.name ?? defaultSandbox;
    const removed = await stopSandbox(name);
    removeSandboxSettings(name);
    console.log(removed ? `the sandbox '${name}' and the stack in it are gone` : `there is no sandbox '${name}'`);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
