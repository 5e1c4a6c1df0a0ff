import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Engine } from "./engine-settings.ts";
import { HTTP_PORT } from "./service-identity.ts";
import { DRAIN_TIMEOUT_SECONDS, PRE_STOP_SECONDS } from "./termination.ts";
import type { Version } from "./version-settings.ts";

/** What the service of a version is told. */
export interface ServerArgs {
  /** The version to run. Known when the program runs, because it is checked then. */
  readonly version: Version;
  /** Image of the service, by digest: the version's own, or else the stack's. */
  readonly image: pulumi.Input<string>;
  /** Whether the request log holds prompts, redacted. */
  readonly logPrompts: boolean;
  /** Address that takes spans by OTLP over HTTP, without `/v1/traces`. undefined: no spans. */
  readonly tracingEndpoint: string | undefined;
}

/** Name of the service's container in the pod. */
export const SERVER_CONTAINER = "server";

/** TCP port of the service's and the engine's metrics in the pods. */
export const METRICS_PORT = 8001;

/** TCP port of vLLM, on the pod's loopback address alone. */
export const ENGINE_PORT = 8100;

/** What the `restricted` pod security standard asks of each container. */
export const RESTRICTED: Readonly<k8s.types.input.core.v1.SecurityContext> = Object.freeze({
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
});

/** The container that clients talk to. Its volume `tmp` is a scratch folder. */
export function serverContainer(args: ServerArgs): k8s.types.input.core.v1.Container {
  const probe = (path: string): k8s.types.input.core.v1.Probe => ({
    httpGet: { path, port: "http" },
    timeoutSeconds: 2,
  });
  const { cpu, memory } = args.version.resources;
  return {
    name: SERVER_CONTAINER,
    image: args.image,
    imagePullPolicy: "IfNotPresent",
    ports: [
      { name: "http", containerPort: HTTP_PORT },
      { name: "metrics", containerPort: METRICS_PORT },
    ],
    env: environment(args),
    resources: { requests: { cpu, memory }, limits: { memory } },
    // /health is the service's own, so that it lives on while a model loads; /ready is the engine's too.
    startupProbe: { ...probe("/health"), periodSeconds: 1, failureThreshold: 60 },
    livenessProbe: { ...probe("/health"), periodSeconds: 10, failureThreshold: 3 },
    readinessProbe: { ...probe("/ready"), periodSeconds: 5, failureThreshold: 2 },
    lifecycle: { preStop: { sleep: { seconds: PRE_STOP_SECONDS } } },
    securityContext: RESTRICTED,
    volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
  };
}

function environment({ version, logPrompts, tracingEndpoint }: ServerArgs): k8s.types.input.core.v1.EnvVar[] {
  const values = {
    MODEL_VERSION: version.name,
    MODEL_NAME: version.model,
    ...engineEnvironment(version.engine),
    LOG_PROMPTS: String(logPrompts),
    DRAIN_TIMEOUT_SECONDS: String(DRAIN_TIMEOUT_SECONDS),
    ...(tracingEndpoint !== undefined && { OTEL_EXPORTER_OTLP_ENDPOINT: tracingEndpoint }),
  };
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}

function engineEnvironment(engine: Engine): Record<string, string> {
  if (engine.kind === "vllm") return { ENGINE_URL: `http://127.0.0.1:${ENGINE_PORT}` };
  const pairs = Object.entries(engine)
    .filter(([field]) => field !== "kind")
    .map(([field, value]) => [`SIMULATED_${upperSnakeCase(field)}`, String(value)]);
  return Object.fromEntries(pairs) as Record<string, string>;
}

const upperSnakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
