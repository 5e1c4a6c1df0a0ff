/** The parts of Kubernetes objects that matter to network policies. */

type Labels = Readonly<Record<string, string>>;

/** Which objects are meant, by their labels. */
export interface LabelSelector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
    readonly values?: readonly string[];
  }[];
}

interface Container {
  readonly ports?: readonly {
    readonly name?: string;
    readonly containerPort: number;
    readonly protocol?: string;
  }[];
}

/** A pod. */
export interface Pod {
  readonly metadata: { readonly namespace: string; readonly labels?: Labels };
  readonly spec: {
    readonly hostNetwork?: boolean;
    readonly containers: readonly Container[];
    readonly initContainers?: readonly Container[];
  };
  readonly status: { readonly phase?: string; readonly podIP?: string };
}

/** A namespace. */
export interface Namespace {
  readonly metadata: { readonly name: string; readonly labels?: Labels };
}

/** Who may be at the other end. */
export interface Peer {
  readonly podSelector?: LabelSelector;
  readonly namespaceSelector?: LabelSelector;
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
}

/** Which port a connection may go to. */
export interface PolicyPort {
  readonly protocol?: string;
  /** A number, or the name of a container's port. */
  readonly port?: number | string;
  readonly endPort?: number;
}

/** A network policy, with the defaults that the API server fills in. */
export interface NetworkPolicy {
  readonly metadata: { readonly namespace: string };
  readonly spec: {
    readonly podSelector: LabelSelector;
    readonly policyTypes: readonly ("Ingress" | "Egress")[];
    readonly ingress?: readonly { readonly from?: readonly Peer[]; readonly ports?: readonly PolicyPort[] }[];
    readonly egress?: readonly { readonly to?: readonly Peer[]; readonly ports?: readonly PolicyPort[] }[];
  };
}

/** Whether a selector means an object with these labels. */
export function selects({ matchLabels = {}, matchExpressions = [] }: LabelSelector, labels: Labels = {}): boolean {
  const one = Object.entries(matchLabels).every(([key, value]) => labels[key] === value);
  const all = matchExpressions.every(({ key, operator, values = [] }) => {
    const value = labels[key];
    switch (operator) {
      case "In":
        return value !== undefined && values.includes(value);
      case "NotIn":
        return value === undefined || !values.includes(value);
      case "Exists":
        return value !== undefined;
      case "DoesNotExist":
        return value === undefined;
    }
  });
  return one && all;
}
