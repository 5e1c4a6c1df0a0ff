import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Who may call the API server, by static token. */
export interface Credential {
  readonly user: string;
  readonly groups: readonly string[];
  readonly token: string;
}

const users = [
  { user: "admin", groups: ["system:masters"] },
  { user: "system:kube-controller-manager", groups: [] },
  { user: "system:kube-scheduler", groups: [] },
  { user: "system:kube-proxy", groups: [] },
  { user: "system:node:sandbox", groups: ["system:nodes"] },
] as const;

/** Name of any user that {@link credentials} makes. */
export type User = (typeof users)[number]["user"];

/**
 * Makes (once) or reads the API server's static token file, one random token a user.
 *
 * @param file the token file, readable by root alone
 */
export function credentials(file: string): readonly Credential[] {
  if (!existsSync(file)) {
    const lines = users.map(({ user, groups }) => {
      const id = user.replaceAll(":", "-");
      return `${randomBytes(24).toString("hex")},${user},${id},"${groups.join(",")}"`;
    });
    writeFileSync(file, `${lines.join("\n")}\n`, { mode: 0o600 });
  }
  const tokens = new Map(
    readFileSync(file, "utf8")
      .split("\n")
      .map((line) => line.split(","))
      .map(([token = "", user = ""]) => [user, token] as const),
  );
  return users.map(({ user, groups }) => ({ user, groups, token: tokens.get(user) ?? "" }));
}

/**
 * Writes a kubeconfig with one context, readable by root alone.
 *
 * @param server URL of the API server
 * @param context name of cluster, user and context in it
 */
export function writeKubeconfig(file: string, server: string, context: string, token: string, authority: string): void {
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: context,
        cluster: { server, "certificate-authority-data": readFileSync(authority).toString("base64") },
      },
    ],
    users: [{ name: context, user: { token } }],
    contexts: [{ name: context, context: { cluster: context, user: context } }],
    "current-context": context,
  };
  writeFileSync(file, JSON.stringify(config, undefined, 2), { mode: 0o600 });
}

/** Path of the kubeconfig of one user inside the state folder. */
export function kubeconfigOf(folder: string, user: User): string {
  return join(folder, `${user.replaceAll(":", "-")}.kubeconfig`);
}
