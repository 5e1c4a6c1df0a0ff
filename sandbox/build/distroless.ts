import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { command } from "../command.ts";
import { packLayer } from "./oci-image.ts";

const libraries = "./usr/lib/x86_64-linux-gnu";

/** What Node and its name look-ups need of a Debian, and nothing that could be run; GNU tar's patterns. */
const files = [
  ...["./lib", "./lib64", "./usr/lib64", `${libraries}/ld-linux-x86-64.so.2`],
  ...["libc", "libdl", "libm", "libpthread", "libresolv", "libnss_dns", "libnss_files", "libgcc_s", "libstdc++"].map(
    (name) => `${libraries}/${name}.so.*`,
  ),
  ...["./etc/ssl/certs/ca-certificates.crt", "./etc/nsswitch.conf", "./etc/protocols", "./etc/services"],
  ...["./etc/os-release", "./usr/lib/os-release", "./usr/share/doc/libc6/copyright"],
];

const accounts = [
  { name: "root", id: 0, home: "/root" },
  { name: "nobody", id: 65534, home: "/nonexistent" },
  { name: "nonroot", id: 65532, home: "/home/nonroot" },
];

/** User and environment of the runtime image, as its publisher sets them; the entry point is {@link nodePath}. */
export const runtimeSettings = {
  user: "65532",
  env: { SSL_CERT_FILE: "/etc/ssl/certs/ca-certificates.crt" },
} as const;

/** Where Node is in the runtime image. */
export const nodePath = "/nodejs/bin/node";

/**
 * Writes the lowest layer of a runtime image: of a Debian's layer only what Node needs to run, without a shell, a package
 * manager or any other program; and the accounts.
 *
 * @param archive file to write
 * @param root folder to gather the files in, which must not exist
 * @throws Error when the Debian lacks one of the files
 */
export async function writeDistrolessLayer(archive: string, root: string, debianLayer: string): Promise<void> {
  mkdirSync(root);
  await command("tar", ["-xf", debianLayer, "-C", root, "--wildcards", ...files]);
  for (const folder of ["tmp", "root", "home/nonroot"]) mkdirSync(join(root, folder), { recursive: true });
  chmodSync(join(root, "tmp"), 0o1777);
  const users = accounts.map(({ name, id, home }) => `${name}:x:${id}:${id}:${name}:${home}:/sbin/nologin\n`);
  const groups = accounts.map(({ name, id }) => `${name}:x:${id}:\n`);
  writeFileSync(join(root, "etc/passwd"), users.join(""));
  writeFileSync(join(root, "etc/group"), groups.join(""));
  await packLayer(archive, root);
}
