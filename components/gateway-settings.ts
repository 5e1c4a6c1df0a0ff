import type { GatewayAccessSettings } from "./gateway-access.ts";
import type { GatewayService } from "./gateway-address.ts";

/** The way into the mesh, as a stack describes it. */
export interface GatewaySettings extends GatewayService, GatewayAccessSettings {
  /**
   * Public host names of the service, such as `llm.example.com`; no wildcards. Default: none, clients then send the
   * Service's full name as their Host header.
   */
  readonly hosts: readonly string[];
  /**
   * Name of a TLS secret in the gateway's namespace (`tls.crt`, `tls.key`). HTTPS is then spoken on port 443, and HTTP
   * redirected to it. Needs `hosts`. Default: HTTP alone.
   */
  readonly tlsSecret: string | undefined;
  /**
   * Name of a ClusterIssuer of cert-manager, which gets and renews the certificate. In place of `tlsSecret`. It should
   * prove the host names by DNS (DNS-01), because port 80 only redirects.
   */
  readonly certificateIssuer: string | undefined;
}
