/** Kubernetes labels, by key. */
export type Labels = Record<string, string>;

/**
 * Name of the Kubernetes Service in front of all versions, and value of their pods' `app` label. Fixed, because clients
 * and Istio reach the Service by its DNS name.
 */
export const SERVICE_NAME = "vllm-service";

/** TCP port of the HTTP API, on the Service and in the pods. */
export const HTTP_PORT = 8000;

/** The fully qualified DNS name of the Service in `namespace`: the only host the gateway and the mesh route. */
export function serviceHost(namespace: string): string {
  return `${SERVICE_NAME}.${namespace}.svc.cluster.local`;
}

/** What every pod behind the Service carries, whatever its version. */
export function serviceLabels(): Labels {
  return { app: SERVICE_NAME };
}

/** What tells the pods of one version from the others: the labels of its Istio subset. */
export function subsetLabels(version: string): Labels {
  return { version };
}

/** The labels that select exactly the pods of one version. */
export function versionLabels(version: string): Labels {
  return { ...serviceLabels(), ...subsetLabels(version) };
}
