import { delimiter, join } from "node:path";
import { foldersOf, projectFolder } from "./folders.ts";
import { hasOfficialKubernetesPlugin } from "./programs.ts";

/**
 * The environment in which `pulumi`, `kubectl`, `helm` and `crane` work on the sandbox of that name: its own kubeconfig,
 * its own Pulumi home and file backend (gone with it), its programs first on PATH.
 */
export function sandboxEnvironment(name: string): Record<string, string> {
  const { programs, kubeconfig, pulumiHome, pulumiBackend } = foldersOf(name);
  return {
    PATH: [programs, join(projectFolder, "node_modules/.bin"), process.env["PATH"] ?? ""].join(delimiter),
    KUBECONFIG: kubeconfig,
    PULUMI_HOME: pulumiHome,
    PULUMI_BACKEND_URL: `file://${pulumiBackend}`,
    // The backend is readable by root alone and ends with the sandbox; an empty passphrase keeps every command as typed.
    PULUMI_CONFIG_PASSPHRASE: "",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    ...(hasOfficialKubernetesPlugin() ? {} : { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" }),
  };
}
