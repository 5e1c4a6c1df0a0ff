import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { inside, network, portOf } from "../names.ts";
import { cniConfigFolder, cniPluginFolder, podNetwork } from "./cni.ts";

/** Name under which the kubelet asks for the image that holds a pod's namespaces. */
export const pauseImage = "registry.k8s.io/pause:3.10";

const containerd = `version = 2
root = "${inside.state}/containerd"
state = "/run/containerd"
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  # Root may lack CAP_SYS_RESOURCE, and then no pod's score can be lowered.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "/etc/containerd/certs.d"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${cniPluginFolder}"
    conf_dir = "${cniConfigFolder}"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
`;

const mirror = `[host."http://127.0.0.1:${portOf("registry")}"]
  capabilities = ["pull", "resolve"]
`;

const registry = {
  version: 0.1,
  log: { level: "warn" },
  storage: { filesystem: { rootdirectory: "/var/lib/registry" }, delete: { enabled: true } },
  http: { addr: `0.0.0.0:${portOf("registry")}` },
};

const kubelet = (cgroupRoot: string) => ({
  apiVersion: "kubelet.config.k8s.io/v1beta1",
  kind: "KubeletConfiguration",
  address: network.node,
  authentication: {
    anonymous: { enabled: false },
    webhook: { enabled: true },
    x509: { clientCAFile: `${inside.state}/certificates/ca.crt` },
  },
  authorization: { mode: "Webhook" },
  tlsCertFile: `${inside.state}/certificates/kubelet.crt`,
  tlsPrivateKeyFile: `${inside.state}/certificates/kubelet.key`,
  cgroupDriver: "cgroupfs",
  cgroupRoot,
  cgroupsPerQOS: true,
  failSwapOn: false,
  failCgroupV1: false,
  containerRuntimeEndpoint: "unix:///run/containerd/containerd.sock",
  clusterDNS: [network.dns],
  clusterDomain: "cluster.local",
  resolvConf: "",
  imageGCHighThresholdPercent: 100,
  evictionHard: { "nodefs.available": "1%", "imagefs.available": "1%", "memory.available": "100Mi" },
  syncFrequency: "10s",
});

const kubeProxy = (kubeconfig: string) => ({
  apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
  kind: "KubeProxyConfiguration",
  clientConnection: { kubeconfig },
  mode: "iptables",
  clusterCIDR: network.pods,
  hostnameOverride: "sandbox",
  // Connection tracking limits belong to the host, not to this namespace.
  conntrack: { maxPerCore: 0 },
});

/**
 * Writes the configuration files of every process.
 *
 * @param cgroupRoot this sandbox's own cgroup, beginning with a slash
 * @param proxyKubeconfig kubeconfig of kube-proxy
 */
export function writeFiles(cgroupRoot: string, proxyKubeconfig: string): void {
  const files: Record<string, string> = {
    "/etc/containerd/config.toml": containerd,
    "/etc/containerd/certs.d/_default/hosts.toml": mirror,
    [`${cniConfigFolder}/10-pods.conflist`]: JSON.stringify(podNetwork),
    "/etc/registry.yaml": JSON.stringify(registry),
    "/etc/kubelet.yaml": JSON.stringify(kubelet(cgroupRoot)),
    "/etc/kube-proxy.yaml": JSON.stringify(kubeProxy(proxyKubeconfig)),
    "/etc/hosts": "127.0.0.1 localhost\n",
  };
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
}
