import * as pulumi from "@pulumi/pulumi";

/** One resource as the engine was asked to register or read it. */
export interface Registration {
  /** Type token, such as `kubernetes:apps/v1:Deployment`. */
  readonly type: string;
  /** Logical name. */
  readonly name: string;
  /** Inputs, with every output resolved; of a read resource none. */
  readonly inputs: Record<string, unknown>;
  /** Reference of the provider instance, `URN::id`; "" when none was given. */
  readonly provider: string;
  /** Id by which an existing resource was read. Absent for a registration. */
  readonly readId?: string;
}

/** The engine's stand-in: what was registered so far, in no fixed order. */
export interface Recorder {
  /** All custom resources and components. */
  readonly all: readonly Registration[];
  /** The one resource of this logical name. Throws unless there is exactly one. */
  named(name: string): Registration;
  /** Logical names with their type tokens, sorted by name. */
  types(): Record<string, string>;
  /** Logical names of all children with the type tokens of their parents, sorted by name. */
  parents(): Record<string, string>;
}

/**
 * Replaces the Pulumi engine by mocks for the rest of the test file. Names that the engine would make up are the logical
 * ones; `readState` is what every read of an existing resource finds.
 */
export async function mockEngine(readState: Record<string, unknown> = {}): Promise<Recorder> {
  const all: Registration[] = [];
  const newResource = (args: pulumi.runtime.MockResourceArgs): pulumi.runtime.MockResourceResult => {
    const inputs = args.inputs as Record<string, unknown>;
    const { type, name, provider = "" } = args;
    const isRead = args.id !== undefined && args.id !== "";
    all.push({ type, name, inputs, provider, ...(isRead && { readId: args.id }) });
    const metadata = { name, ...(inputs.metadata as object | undefined) };
    return { id: isRead ? args.id : `${name}-id`, state: { ...inputs, metadata, ...(isRead && readState) } };
  };
  await pulumi.runtime.setMocks({ newResource, call: () => ({}) }, "vllm-istio-canary", "test");
  const monitor = pulumi.runtime.getMonitor() as unknown as MockedMonitor;
  // The SDK's mocked monitor claims hooks as supported, but takes none.
  monitor.registerResourceHook = (_hook, registeredHook) => {
    registeredHook(null, {});
  };
  return {
    all,
    named: (name) => {
      const [found, ...others] = all.filter((resource) => resource.name === name);
      if (found === undefined || others.length > 0) throw new Error(`not exactly one resource is named ${name}`);
      return found;
    },
    parents: () => parentsOf(monitor.getRegisteredResources().keys()),
    types: () => Object.fromEntries(all.map(({ name, type }) => [name, type] as const).toSorted()),
  };
}

/** What the SDK's mocked monitor offers beyond its interface. */
interface MockedMonitor {
  getRegisteredResources(): ReadonlyMap<string, unknown>;
  registerResourceHook?: (hook: unknown, registered: (error: null, response: object) => void) => void;
}

/** URNs of children read `urn:pulumi:STACK::PROJECT::ParentType$ChildType::name`. */
function parentsOf(urns: Iterable<string>): Record<string, string> {
  const pairs = Array.from(urns, (urn) => {
    const [, , types = "", name = ""] = urn.split("::");
    return [name, types.split("$").at(-2)] as const;
  });
  return Object.fromEntries(
    pairs.filter((pair): pair is readonly [string, string] => pair[1] !== undefined).toSorted(),
  );
}

/** The value of an output, once it is known. */
export function valueOf<T>(output: pulumi.Output<T>): Promise<pulumi.Unwrap<T>> {
  return new Promise((resolve) => {
    pulumi.output(output).apply((value) => {
      resolve(value);
    });
  });
}

/** Waits until everything that was constructed is registered, and ends this mocked engine. */
export async function registered(): Promise<void> {
  await pulumi.runtime.disconnect();
}
