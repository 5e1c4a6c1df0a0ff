import { type Container, inEachContainer, podOf, type PodSpec } from "./pods.ts";
import type { ResourceRule } from "./resource.ts";

const VOLUME_SOURCES = [
  ...[
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
  ],
];

/** Kubernetes' own standard; the sidecar's init container, which Istio injects later, is not in the stack's objects. */
export const podSecurity: ResourceRule = {
  name: "pod-security-restricted",
  description: "Every pod meets the `restricted` Pod Security Standard.",
  check: (resource) => [...podFindings(podOf(resource) ?? {}), ...inEachContainer(resource, containerFindings)],
};

function podFindings(pod: PodSpec): string[] {
  const shared = (["hostNetwork", "hostPID", "hostIPC"] as const).filter((field) => pod[field] === true);
  const volumes = (pod.volumes ?? []).flatMap((volume) =>
    Object.keys(volume)
      .filter((field) => field !== "name" && !VOLUME_SOURCES.includes(field))
      .map((source) => `the pod has a volume of type ${source}`),
  );
  return [...shared.map((field) => `the pod sets ${field}`), ...volumes];
}

function containerFindings({ securityContext: own, ports = [] }: Container, pod: PodSpec): string[] {
  const shared = pod.securityContext;
  const seccomp = (own?.seccompProfile ?? shared?.seccompProfile)?.type;
  const added = own?.capabilities?.add?.filter((capability) => capability !== "NET_BIND_SERVICE") ?? [];
  const findings: readonly (readonly [boolean, string])[] = [
    [own?.privileged === true, "is privileged"],
    [own?.allowPrivilegeEscalation !== false, "does not set allowPrivilegeEscalation to false"],
    [(own?.runAsNonRoot ?? shared?.runAsNonRoot) !== true, "does not set runAsNonRoot"],
    [(own?.runAsUser ?? shared?.runAsUser) === 0, "runs as user 0"],
    [seccomp !== "RuntimeDefault" && seccomp !== "Localhost", "has no seccomp profile"],
    [own?.capabilities?.drop?.includes("ALL") !== true, "does not drop all capabilities"],
    [added.length > 0, `adds the capabilities ${added.join(", ")}`],
    [ports.some(({ hostPort = 0 }) => hostPort !== 0), "takes a port of its node"],
  ];
  return findings.filter(([isBroken]) => isBroken).map(([, finding]) => finding);
}
