import { delimiter, join } from "node:path";
import { foldersOf, projectFolder } from "./folders.ts";
import { lastAddress } from "./identity.ts";
import { hasOfficialKubernetesPlugin } from "./programs.ts";

/**
 * The environment in which `pulumi`, `kubectl`, `helm`, `istioctl` and `crane` work on the sandbox of that name: its own
 * kubeconfig, its own Pulumi home and file backend (gone with it), its programs first on PATH.
 */
export function sandboxEnvironment(name: string): Record<string, string> {
  const folders = foldersOf(name);
  const { programs, kubeconfig, pulumiHome, pulumiBackend } = folders;
  const direct = [process.env["NO_PROXY"] ?? process.env["no_proxy"] ?? "", lastAddress(folders) ?? ""];
  const noProxy = direct.filter((hosts) => hosts !== "").join(",");
  return {
    PATH: [programs, join(projectFolder, "node_modules/.bin"), process.env["PATH"] ?? ""].join(delimiter),
    KUBECONFIG: kubeconfig,
    // A proxy for the world outside must not be asked for the sandbox's address.
    NO_PROXY: noProxy,
    no_proxy: noProxy,
    // Helm would look at every repository the user has ever added, and fail on one whose index is gone.
    HELM_REPOSITORY_CONFIG: join(pulumiHome, "helm", "repositories.yaml"),
    HELM_REPOSITORY_CACHE: join(pulumiHome, "helm", "cache"),
    PULUMI_HOME: pulumiHome,
    PULUMI_BACKEND_URL: `file://${pulumiBackend}`,
    // The backend is readable by root alone and ends with the sandbox; an empty passphrase keeps every command as typed.
    PULUMI_CONFIG_PASSPHRASE: "",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    ...(hasOfficialKubernetesPlugin() ? {} : { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" }),
  };
}
