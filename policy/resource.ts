/** A resource as the stack declares it. */
export interface Resource {
  /** Type token, such as `kubernetes:apps/v1:Deployment`. */
  readonly type: string;
  /** Logical name. */
  readonly name: string;
  /** Its inputs, of which only what a rule asks for is known. */
  readonly props: Readonly<Record<string, unknown>>;
}

/** A rule that each resource keeps to by itself: it is refused before it is made. */
export interface ResourceRule {
  /** Name of the policy. */
  readonly name: string;
  /** What holds when nothing breaks it. */
  readonly description: string;
  /** One line for each place where the resource breaks it. */
  readonly check: (resource: Resource) => readonly string[];
}

/** A rule over all resources together: a preview refuses the stack. */
export interface StackRule {
  /** Name of the policy. */
  readonly name: string;
  /** What holds when nothing breaks it. */
  readonly description: string;
  /** One line for each place where the stack breaks it, with a resource's logical name first. */
  readonly checkStack: (resources: readonly Resource[]) => readonly string[];
}

/** The kind of the Kubernetes objects with that type token, such as `Deployment`; undefined for other resources. */
export function kindOf({ type }: Resource): string | undefined {
  return type.startsWith("kubernetes:") ? type.split(":").at(-1) : undefined;
}

/** The name of an object and its namespace, as `namespace/name`. */
export function identityOf({ props, name }: Resource): string {
  const { metadata } = props as { metadata?: { name?: string; namespace?: string } };
  return `${metadata?.namespace ?? "default"}/${metadata?.name ?? name}`;
}
