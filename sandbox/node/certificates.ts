import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { network } from "../names.ts";

const lifetimeDays = "3650";

function openssl(...args: string[]): void {
  execFileSync("openssl", args, { stdio: ["ignore", "ignore", "pipe"] });
}

function keyOf(folder: string, name: string): string {
  return join(folder, `${name}.key`);
}

function certificateOf(folder: string, name: string): string {
  return join(folder, `${name}.crt`);
}

function makeAuthority(folder: string, name: string): void {
  openssl(
    ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", lifetimeDays, "-subj", `/CN=${name}`],
    ...["-keyout", keyOf(folder, name), "-out", certificateOf(folder, name)],
  );
}

function issue(folder: string, authority: string, name: string, subject: string, alternativeNames?: string): void {
  const request = join(folder, `${name}.csr`);
  const extensions = join(folder, `${name}.ext`);
  const usage = alternativeNames === undefined ? "clientAuth" : "serverAuth";
  writeFileSync(
    extensions,
    `extendedKeyUsage=${usage}\n${alternativeNames === undefined ? "" : `subjectAltName=${alternativeNames}\n`}`,
  );
  openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", subject, "-keyout", keyOf(folder, name), "-out", request);
  openssl(
    ...["x509", "-req", "-in", request, "-days", lifetimeDays, "-extfile", extensions, "-CAcreateserial"],
    ...["-CA", certificateOf(folder, authority), "-CAkey", keyOf(folder, authority)],
    ...["-out", certificateOf(folder, name)],
  );
}

/**
 * Makes the cluster's certificates, once a sandbox (the API server's again when the address has changed): a certificate authority, the API server's and the kubelet's serving
 * certificates, and the client certificates with which the API server calls kubelets and extension API servers.
 *
 * @param folder where keys and certificates are written
 * @param address the sandbox's loopback address, which the API server's certificate must name
 */
export function makeCertificates(folder: string, address: string): void {
  const finished = join(folder, "finished");
  if (!existsSync(finished)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    makeAuthority(folder, "ca");
    makeAuthority(folder, "front-proxy-ca");
    openssl("genrsa", "-out", join(folder, "service-account.key"), "2048");
    issue(folder, "ca", "kubelet", "/CN=kubelet", `IP:${network.node}`);
    issue(folder, "ca", "kubelet-client", "/O=system:masters/CN=kube-apiserver-kubelet-client");
    issue(folder, "front-proxy-ca", "front-proxy-client", "/CN=front-proxy-client");
  } else if (readFileSync(finished, "utf8") === address) return;
  const names = ["kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"];
  const addresses = [address, "127.0.0.1", network.node, network.apiService];
  const apiServerNames = [...names.map((name) => `DNS:${name}`), ...addresses.map((ip) => `IP:${ip}`)].join(",");
  issue(folder, "ca", "apiserver", "/CN=kube-apiserver", apiServerNames);
  writeFileSync(finished, address);
}
