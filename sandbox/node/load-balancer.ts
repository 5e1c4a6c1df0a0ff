import type { ApiClient } from "./api-client.ts";

/** The part of a Service that matters to a load balancer. */
interface Service {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: { readonly clusterIP: string; readonly ports: readonly { readonly port: number }[] };
  readonly status: { readonly loadBalancer: { readonly ingress?: readonly { readonly ip?: string }[] } };
}

const pollMs = 500;

/**
 * The sandbox's load balancer: gives every Service of type LoadBalancer the sandbox's loopback address, and knows which
 * Service a port of that address belongs to (the first one by namespace and name, when several want it).
 */
export class LoadBalancer {
  readonly #address: string;
  readonly #api: ApiClient;
  #targets: ReadonlyMap<number, string> = new Map();

  constructor(address: string, api: ApiClient) {
    this.#address = address;
    this.#api = api;
  }

  /** Cluster address of the Service that owns the port; undefined while there is none. */
  target(port: number): string | undefined {
    return this.#targets.get(port);
  }

  /** Follows the cluster's Services until the process ends. */
  start(): void {
    const again = () => {
      setTimeout(() => {
        this.#poll().then(again, again);
      }, pollMs);
    };
    again();
  }

  async #poll(): Promise<void> {
    const list = await this.#api.call("GET", "/api/v1/services?fieldSelector=spec.type%3DLoadBalancer");
    const { items } = JSON.parse(list) as { items: readonly Service[] };
    const pairs = items.flatMap(({ spec }) => spec.ports.map(({ port }) => [port, spec.clusterIP] as const));
    this.#targets = new Map(pairs.reverse());
    for (const service of items) {
      if (service.status.loadBalancer.ingress?.[0]?.ip !== this.#address) await this.#announce(service);
    }
  }

  #announce({ metadata: { namespace, name } }: Service): Promise<string> {
    // ipMode Proxy keeps kube-proxy from catching the address: traffic to it arrives through the relay.
    const status = { loadBalancer: { ingress: [{ ip: this.#address, ipMode: "Proxy" }] } };
    return this.#api.call(
      "PATCH",
      `/api/v1/namespaces/${namespace}/services/${name}/status`,
      JSON.stringify({ status }),
    );
  }
}
