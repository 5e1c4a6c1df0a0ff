import { spawn } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { command, mortal } from "../command.ts";
import { folderOf } from "./artifact.ts";
import { kubernetesTools } from "./go-tools.ts";

const host = "127.0.0.1";
const attempts = 100;
const pauseMs = 100;

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on("error", reject);
    server.listen(0, host, () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === "object" && address !== null ? address.port : 0);
      });
    });
  });
}

async function answering(url: string): Promise<void> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    try {
      await fetch(url);
      return;
    } catch {
      await delay(pauseMs);
    }
  }
  throw new Error(`the registry at ${url} does not answer`);
}

/** Image layouts by their name in the registry, without its host: `istio/pilot:1.2.3`. */
export type ImageLayouts = ReadonlyMap<string, string>;

/** Fills a folder as a registry's store: runs the registry on it, pushes every image, stops it. */
export async function fillRegistryStore(store: string, images: ImageLayouts): Promise<void> {
  const port = await freePort();
  const configFile = `${store}.yaml`;
  mkdirSync(store, { recursive: true });
  const storage = { filesystem: { rootdirectory: store } };
  writeFileSync(configFile, JSON.stringify({ version: 0.1, storage, http: { addr: `${host}:${port}` } }));
  const tools = folderOf(kubernetesTools);
  const [program, args] = mortal(join(tools, "registry"), ["serve", configFile]);
  const registry = spawn(program, args, {
    stdio: "ignore",
    env: { ...process.env, OTEL_TRACES_EXPORTER: "none" },
  });
  try {
    await answering(`http://${host}:${port}/v2/`);
    for (const [name, layout] of images) {
      await command(join(tools, "crane"), ["push", "--insecure", layout, `${host}:${port}/${name}`]);
    }
  } finally {
    registry.kill();
    rmSync(configFile);
  }
}
