import { kindOf, type Resource } from "./resource.ts";

/** What the rules ask of a container's or a pod's security context. */
export interface SecurityContext {
  readonly allowPrivilegeEscalation?: boolean;
  readonly privileged?: boolean;
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly seccompProfile?: { readonly type?: string };
  readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] };
}

/** What the rules ask of a container. */
export interface Container {
  readonly name?: string;
  readonly image?: string;
  readonly resources?: {
    readonly requests?: Readonly<Record<string, unknown>>;
    readonly limits?: Readonly<Record<string, unknown>>;
  };
  readonly securityContext?: SecurityContext;
  readonly ports?: readonly { readonly hostPort?: number }[];
}

/** What the rules ask of a pod. */
export interface PodSpec {
  readonly containers?: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly securityContext?: SecurityContext;
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly hostIPC?: boolean;
  readonly volumes?: readonly Readonly<Record<string, unknown>>[];
}

interface Template {
  readonly template?: { readonly spec?: PodSpec };
}

const TEMPLATED = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "Rollout"];

/** The pod that a resource runs; undefined when it runs none. */
export function podOf(resource: Resource): PodSpec | undefined {
  const kind = kindOf(resource) ?? "";
  const { spec } = resource.props;
  if (kind === "Pod") return spec as PodSpec | undefined;
  if (kind === "CronJob")
    return (spec as { jobTemplate?: { spec?: Template } } | undefined)?.jobTemplate?.spec?.template?.spec;
  return TEMPLATED.includes(kind) ? (spec as Template | undefined)?.template?.spec : undefined;
}

/** Where the resource's containers break a rule, init containers included: one line for each finding. */
export function inEachContainer(
  resource: Resource,
  check: (container: Container, pod: PodSpec) => readonly string[],
): string[] {
  const pod = podOf(resource) ?? {};
  return [...(pod.initContainers ?? []), ...(pod.containers ?? [])].flatMap((container) =>
    check(container, pod).map((finding) => `container ${container.name ?? "without a name"} ${finding}`),
  );
}
