import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bundle } from "../../app/build/bundle.ts";
import { freePort } from "../../sandbox/free-port.ts";
import { cacheFolder, pythonPrograms } from "./cache.ts";
import type { ServerCommand } from "./servers.ts";

/** Where a contender listens and what it stands before. */
export interface Place {
  readonly port: number;
  /** The engine, as `http://127.0.0.1:PORT`. */
  readonly engine: string;
  /** What clients send as bearer token. */
  readonly key: string;
  /** For its configuration. */
  readonly folder: string;
}

/** A proxy that is measured. */
export interface Contender {
  /** What `--only` calls it. */
  readonly name: string;
  /** Installs or builds it; rejects when it cannot be had here. Default: nothing to do. */
  readonly install?: () => Promise<unknown>;
  /** How it is started; called after `install`. */
  readonly command: (place: Place) => Promise<ServerCommand>;
}

/** The service, not bundled. */
export const serverSource = join(import.meta.dirname, "..", "..", "app", "server.ts");
const serverBundle = join(cacheFolder, "ours");
const script = (name: string): string => join(import.meta.dirname, "contenders", name);

const nodeProxy = (name: string): Contender => ({
  name,
  command: ({ port, engine }) =>
    Promise.resolve({ program: process.execPath, args: [script(`${name}.ts`), String(port), engine] }),
});

/**
 * This project's service, metrics and request log on.
 *
 * @param server {@link serverSource} or its bundle
 * @param nodeOptions before the script
 */
export const ours = ({ port, engine }: Place, server: string, nodeOptions: readonly string[] = []): ServerCommand => ({
  program: process.execPath,
  args: [...nodeOptions, script("ours.ts"), String(port), server],
  environment: { MODEL_VERSION: "v1", MODEL_NAME: "m", ENGINE_URL: engine },
});

const envoyConfiguration = ({ port, engine }: Place): object => {
  const address = (number: number): object => ({ socket_address: { address: "127.0.0.1", port_value: number } });
  const typed = (type: string, fields: object): object => ({ "@type": `type.googleapis.com/${type}`, ...fields });
  const http = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
  const route = { cluster: "engine", timeout: "0s" };
  const connections = {
    stat_prefix: "bench",
    stream_idle_timeout: "0s",
    route_config: { virtual_hosts: [{ name: "all", domains: ["*"], routes: [{ match: { prefix: "/" }, route }] }] },
    http_filters: [{ name: "router", typed_config: typed("envoy.extensions.filters.http.router.v3.Router", {}) }],
  };
  const endpoint = { endpoint: { address: address(Number(new URL(engine).port)) } };
  const cluster = {
    name: "engine",
    type: "STATIC",
    load_assignment: { cluster_name: "engine", endpoints: [{ lb_endpoints: [endpoint] }] },
  };
  const filter = { name: "http", typed_config: typed(http, connections) };
  const listener = { name: "api", address: address(port), filter_chains: [{ filters: [filter] }] };
  return { static_resources: { listeners: [listener], clusters: [cluster] } };
};

const litellmConfiguration = ({ engine, key }: Place): object => ({
  model_list: [
    {
      model_name: "m",
      litellm_params: { model: "text-completion-openai/m", api_base: `${engine}/v1`, api_key: "none" },
    },
  ],
  litellm_settings: { num_retries: 0, telemetry: false },
  general_settings: { master_key: key, disable_spend_logs: true },
});

/** Every contender but the direct way, in the order they are measured. */
export const contenders: readonly Contender[] = [
  {
    name: "ours",
    install: () => bundle(serverSource, serverBundle),
    command: (place) => Promise.resolve(ours(place, join(serverBundle, "server.mjs"))),
  },
  nodeProxy("pipe"),
  nodeProxy("dispatch"),
  {
    name: "envoy",
    install: () => pythonPrograms("envoy"),
    async command(place) {
      const file = join(place.folder, "envoy.json");
      await writeFile(file, JSON.stringify(envoyConfiguration(place)));
      const args = ["--config-path", file, "--disable-hot-restart", "--log-level", "warning"];
      return { program: join(await pythonPrograms("envoy"), "envoy"), args };
    },
  },
  {
    name: "vllm-router",
    install: () => pythonPrograms("vllm-router"),
    async command({ port, engine }) {
      const listen = ["--host", "127.0.0.1", "--port", String(port)];
      const metrics = ["--prometheus-host", "127.0.0.1", "--prometheus-port", String(await freePort())];
      const args = [
        ...listen,
        ...metrics,
        "--worker-urls",
        engine,
        "--policy",
        "round_robin",
        "--log-level",
        "warning",
      ];
      return { program: join(await pythonPrograms("vllm-router"), "vllm-router"), args };
    },
  },
  {
    name: "litellm",
    install: () => pythonPrograms("litellm"),
    async command(place) {
      const file = join(place.folder, "litellm.json");
      await writeFile(file, JSON.stringify(litellmConfiguration(place)));
      const listen = ["--host", "127.0.0.1", "--port", String(place.port)];
      return {
        program: join(await pythonPrograms("litellm"), "litellm"),
        args: ["--config", file, ...listen, "--num_workers", "1", "--telemetry", "False"],
        environment: { LITELLM_LOCAL_MODEL_COST_MAP: "True", LITELLM_MODE: "PRODUCTION", LITELLM_LOG: "ERROR" },
      };
    },
  },
];
