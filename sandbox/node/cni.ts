import { mkdirSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { network } from "../names.ts";

/** Where whatever installs CNI plugins while the node runs puts them: Istio's DaemonSet, for one. */
export const cniPluginFolder = "/opt/cni/bin";

/** Where it looks for the configuration of the pods' network, to add its plugin to it. */
export const cniConfigFolder = "/etc/cni/net.d";

/** The pods' network as it is before anything is added to it. */
export const podNetwork = {
  cniVersion: "0.4.0",
  name: "pods",
  plugins: [
    {
      // Every pod is routed: on a bridge, answers between pods would need br_netfilter to pass kube-proxy's rules.
      type: "ptp",
      ipMasq: false,
      ipam: {
        type: "host-local",
        // In memory: a sandbox that was killed must not leak the addresses of its lost pods.
        dataDir: "/run/cni",
        ranges: [[{ subnet: network.pods }]],
        routes: [{ dst: "0.0.0.0/0" }],
      },
    },
    { type: "portmap", capabilities: { portMappings: true } },
  ],
};

/**
 * Offers the plugins of one folder in another, in which others may lie beside them.
 *
 * @param from such as Debian's, which is not the usual one
 */
export function linkCniPlugins(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const plugin of readdirSync(from)) {
    const link = join(to, plugin);
    rmSync(link, { force: true });
    symlinkSync(join(from, plugin), link);
  }
}
