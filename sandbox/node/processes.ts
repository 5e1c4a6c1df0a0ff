import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { inside, network, portOf } from "../names.ts";
import { kubeconfigOf } from "./credentials.ts";

const run = promisify(execFile);

/** A process that the supervisor keeps running. */
export interface ProcessSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Processes that must be ready before this one starts. */
  readonly after: readonly string[];
  /** Resolves when the process really serves; rejects when it does not yet. */
  readonly probe?: () => Promise<unknown>;
}

const kube = `${inside.tools}/kube`;
const certificate = (name: string) => `${inside.state}/certificates/${name}`;
const etcdClient = "http://127.0.0.1:2379";

async function http(url: string): Promise<void> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
}

/** Runs kubectl as the sandbox's administrator and gives what it printed. */
export async function kubectl(...args: string[]): Promise<string> {
  const { stdout } = await run(kube, ["kubectl", "--kubeconfig", kubeconfigOf(inside.state, "admin"), ...args]);
  return stdout;
}

const etcd: ProcessSpec = {
  name: "etcd",
  command: kube,
  args: [
    "etcd",
    ...["--data-dir", `${inside.state}/etcd`, "--log-level", "warn", "--unsafe-no-fsync"],
    ...["--listen-client-urls", etcdClient, "--advertise-client-urls", etcdClient],
    ...["--listen-peer-urls", "http://127.0.0.1:2380"],
  ],
  after: [],
  probe: () => http(`${etcdClient}/health`),
};

const apiserver: ProcessSpec = {
  name: "apiserver",
  command: kube,
  args: [
    "apiserver",
    `--etcd-servers=${etcdClient}`,
    "--bind-address=0.0.0.0",
    `--secure-port=${portOf("api")}`,
    `--advertise-address=${network.node}`,
    `--tls-cert-file=${certificate("apiserver.crt")}`,
    `--tls-private-key-file=${certificate("apiserver.key")}`,
    `--client-ca-file=${certificate("ca.crt")}`,
    `--token-auth-file=${inside.state}/tokens.csv`,
    "--authorization-mode=Node,RBAC",
    "--enable-admission-plugins=NodeRestriction",
    `--kubelet-certificate-authority=${certificate("ca.crt")}`,
    `--kubelet-client-certificate=${certificate("kubelet-client.crt")}`,
    `--kubelet-client-key=${certificate("kubelet-client.key")}`,
    "--kubelet-preferred-address-types=InternalIP",
    `--proxy-client-cert-file=${certificate("front-proxy-client.crt")}`,
    `--proxy-client-key-file=${certificate("front-proxy-client.key")}`,
    `--requestheader-client-ca-file=${certificate("front-proxy-ca.crt")}`,
    "--requestheader-allowed-names=front-proxy-client",
    "--requestheader-username-headers=X-Remote-User",
    "--requestheader-group-headers=X-Remote-Group",
    "--requestheader-extra-headers-prefix=X-Remote-Extra-",
    `--service-account-key-file=${certificate("service-account.key")}`,
    `--service-account-signing-key-file=${certificate("service-account.key")}`,
    "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
    `--service-cluster-ip-range=${network.services}`,
    "--allow-privileged=true",
  ],
  after: ["etcd"],
  probe: () => kubectl("get", "--raw", "/readyz"),
};

const controllerManager: ProcessSpec = {
  name: "controller-manager",
  command: kube,
  args: [
    "controller-manager",
    `--kubeconfig=${kubeconfigOf(inside.state, "system:kube-controller-manager")}`,
    `--service-account-private-key-file=${certificate("service-account.key")}`,
    `--root-ca-file=${certificate("ca.crt")}`,
    "--use-service-account-credentials=true",
    "--allocate-node-cidrs=true",
    `--cluster-cidr=${network.pods}`,
    "--leader-elect=false",
    "--horizontal-pod-autoscaler-sync-period=5s",
  ],
  after: ["apiserver"],
};

const scheduler: ProcessSpec = {
  name: "scheduler",
  command: kube,
  args: ["scheduler", `--kubeconfig=${kubeconfigOf(inside.state, "system:kube-scheduler")}`, "--leader-elect=false"],
  after: ["apiserver"],
};

const containerd: ProcessSpec = {
  name: "containerd",
  command: "/usr/bin/containerd",
  args: ["--config", "/etc/containerd/config.toml"],
  after: ["registry"],
  // The kubelet ends for good when the runtime's CRI service does not serve yet; a socket file alone proves nothing.
  probe: () => run("/usr/bin/ctr", ["--address", "/run/containerd/containerd.sock", "plugins", "ls", "id==cri"]),
};

const kubelet: ProcessSpec = {
  name: "kubelet",
  command: kube,
  args: [
    "kubelet",
    "--config=/etc/kubelet.yaml",
    `--kubeconfig=${kubeconfigOf(inside.state, "system:node:sandbox")}`,
    "--hostname-override=sandbox",
    `--node-ip=${network.node}`,
    `--root-dir=${inside.state}/kubelet`,
  ],
  after: ["apiserver", "containerd"],
};

const proxy: ProcessSpec = {
  name: "proxy",
  command: kube,
  args: ["proxy", "--config=/etc/kube-proxy.yaml"],
  after: ["apiserver"],
};

const registry: ProcessSpec = {
  name: "registry",
  command: `${inside.tools}/registry`,
  args: ["serve", "/etc/registry.yaml"],
  env: { OTEL_TRACES_EXPORTER: "none" },
  after: [],
  probe: () => http(`http://127.0.0.1:${portOf("registry")}/v2/`),
};

/** Every process of the sandbox. */
export const processes: readonly ProcessSpec[] = [
  etcd,
  apiserver,
  controllerManager,
  scheduler,
  registry,
  containerd,
  kubelet,
  proxy,
];
