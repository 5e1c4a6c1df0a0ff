import { execFile } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import type { ApiClient } from "./api-client.ts";
import type { Namespace, NetworkPolicy, Pod } from "./policy-objects.ts";
import { egressChain, ingressChain, policyRules } from "./policy-rules.ts";

const run = promisify(execFile);

const settleMs = 50;
const retryMs = 500;

const paths = {
  pods: "/api/v1/pods",
  namespaces: "/api/v1/namespaces",
  policies: "/apis/networking.k8s.io/v1/networkpolicies",
} as const;

async function restore(rules: string): Promise<void> {
  const restoring = run("iptables-restore", ["--noflush", "--wait"]);
  // It may end without having read them all; its exit code says why.
  restoring.child.stdin?.on("error", () => undefined).end(rules);
  await restoring;
}

/** Sends what pods send, to other pods and to the node, through the chains of {@link policyRules}. */
function insertChains(): Promise<void> {
  const jumps = [`FORWARD 1 -j ${egressChain}`, `FORWARD 2 -j ${ingressChain}`, `INPUT 1 -j ${egressChain}`];
  const chains = [egressChain, ingressChain].map((chain) => `:${chain} - [0:0]`);
  return restore(["*filter", ...chains, ...jumps.map((jump) => `-I ${jump}`), "COMMIT", ""].join("\n"));
}

/**
 * Enforces the cluster's network policies in the node's firewall, as a network plugin does: what the node itself sends
 * to its pods, the kubelet's probes and the load balancer's connections among it, always passes. A pod is judged as soon
 * as the API server knows its address, which a new one's first connections may precede.
 */
export class NetworkPolicies {
  readonly #api: ApiClient;
  #applied = "";
  #changed = false;
  #applying = false;

  constructor(api: ApiClient) {
    this.#api = api;
  }

  /** Follows the cluster until the process ends. */
  async start(): Promise<void> {
    await insertChains();
    for (const path of Object.values(paths)) {
      void this.#api.follow(path, () => {
        this.#changed = true;
        void this.#applyChanges();
      });
    }
  }

  async #applyChanges(): Promise<void> {
    if (this.#applying) return;
    this.#applying = true;
    while (this.#changed) {
      // A rollout changes many pods at once.
      await delay(settleMs);
      this.#changed = false;
      try {
        await this.#apply();
      } catch (error) {
        console.error(`network policies: ${String(error)}`);
        this.#changed = true;
        await delay(retryMs);
      }
    }
    this.#applying = false;
  }

  async #apply(): Promise<void> {
    const [pods, namespaces, policies] = await Promise.all([
      this.#api.list<Pod>(paths.pods),
      this.#api.list<Namespace>(paths.namespaces),
      this.#api.list<NetworkPolicy>(paths.policies),
    ]);
    const rules = policyRules({ pods, namespaces, policies });
    if (rules === this.#applied) return;
    await restore(rules);
    this.#applied = rules;
  }
}
