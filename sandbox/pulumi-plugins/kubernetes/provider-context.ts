import type { EngineLog } from "../rpc/engine-log.ts";
import type { KubernetesApi } from "./kubernetes-api.ts";
import type { MutableData } from "./replacement.ts";

/** What a configured provider works with. */
export interface ProviderContext {
  readonly api: KubernetesApi;
  /** The namespace of objects and releases that name none. */
  readonly namespace: string;
  readonly mutable: MutableData;
  /** Whether fields are taken over from other managers everywhere. */
  readonly patchForce: boolean;
  readonly log: EngineLog;
  /** Fires when the user cancels. */
  readonly signal: AbortSignal;
}
