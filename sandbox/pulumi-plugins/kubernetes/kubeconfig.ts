import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";

/** Which cluster to talk to, as a Pulumi provider is told. Unset fields follow the kubeconfig's own choice. */
export interface ClusterChoice {
  /** The contents of a kubeconfig, or the path of one. Without it `KUBECONFIG` and then `~/.kube/config` are read. */
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly cluster?: string;
}

/** A kubeconfig that names one cluster and one user. */
export interface ChosenCluster {
  readonly config: KubeConfig;
  /** Where the choice was read from, in words for messages. */
  readonly source: string;
  /** The URL of the API server. */
  readonly server: string;
  /** The namespace the context sets; undefined if it sets none. */
  readonly namespace: string | undefined;
}

/**
 * Reads the kubeconfig and makes the choice. The cluster itself is not contacted.
 * Throws, naming the file and what there is, if a file, the context, the cluster or the user is missing.
 */
export async function chooseCluster(choice: ClusterChoice, environment: NodeJS.ProcessEnv): Promise<ChosenCluster> {
  // Loading this module takes most of a second: the plugin reports its port first.
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  const source = load(config, choice.kubeconfig, environment);
  const context = choice.context ?? config.getCurrentContext();
  selectContext(config, context, source);
  if (choice.cluster !== undefined) selectCluster(config, choice.cluster, source);
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) throw new Error(`the cluster of context "${context}" is not in ${source}`);
  if (config.getCurrentUser() === null) throw new Error(`the user of context "${context}" is not in ${source}`);
  allowPlainHttp(config);
  return { config, source, server, namespace: config.getContextObject(context)?.namespace };
}

function load(config: KubeConfig, kubeconfig: string | undefined, environment: NodeJS.ProcessEnv): string {
  if (kubeconfig !== undefined && /[\n{:]/.test(kubeconfig) && !existsSync(kubeconfig)) {
    config.loadFromString(kubeconfig);
    return "the kubeconfig given to the provider";
  }
  const files = kubeconfig === undefined ? defaultFiles(environment) : [expandHome(kubeconfig)];
  for (const file of files) mergeFile(config, file);
  return files.join(" and ");
}

function mergeFile(config: KubeConfig, file: string): void {
  if (!existsSync(file)) throw new Error(`the kubeconfig file ${file} does not exist`);
  if (config.getContexts().length === 0) {
    config.loadFromFile(file);
    return;
  }
  const Constructor = config.constructor as new () => KubeConfig;
  const more = new Constructor();
  more.loadFromFile(file);
  config.mergeConfig(more, true);
}

function defaultFiles(environment: NodeJS.ProcessEnv): string[] {
  const listed = (environment["KUBECONFIG"] ?? "").split(delimiter).filter((file) => file !== "");
  // Like kubectl: of several files those that exist count, a single one must exist.
  const existing = listed.filter((file) => existsSync(file));
  if (existing.length > 0) return existing;
  return listed.length > 0 ? listed.slice(0, 1) : [join(homedir(), ".kube", "config")];
}

function expandHome(path: string): string {
  return resolve(path.replace(/^~(?=\/|$)/, homedir()));
}

/** Lets the client talk to `http:` servers, such as `kubectl proxy`, which it refuses where it would verify TLS. */
function allowPlainHttp(config: KubeConfig): void {
  config.clusters = config.clusters.map((cluster) =>
    cluster.server.startsWith("http:") ? { ...cluster, skipTLSVerify: true } : cluster,
  );
}

function selectContext(config: KubeConfig, context: string, source: string): void {
  if (config.getContextObject(context) !== null) {
    config.setCurrentContext(context);
    return;
  }
  const contexts = config.getContexts().map(({ name }) => name);
  if (context === "") throw new Error(`${source} has no current context; ${listed("contexts", contexts)}`);
  throw new Error(`the context "${context}" is not in ${source}; ${listed("contexts", contexts)}`);
}

function selectCluster(config: KubeConfig, cluster: string, source: string): void {
  const clusters = config.getClusters().map(({ name }) => name);
  if (!clusters.includes(cluster)) {
    throw new Error(`the cluster "${cluster}" is not in ${source}; ${listed("clusters", clusters)}`);
  }
  config.contexts = config.contexts.map((context) =>
    context.name === config.getCurrentContext() ? { ...context, cluster } : context,
  );
}

function listed(what: string, names: string[]): string {
  return names.length === 0 ? `it has no ${what}` : `its ${what} are ${names.join(", ")}`;
}
