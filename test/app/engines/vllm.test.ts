import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createVllmEngine } from "../../../app/engines/vllm.ts";

let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "nvidia-smi-"));
  vi.stubEnv("PATH", folder);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** Puts a shell script in the place of nvidia-smi. */
async function fakeNvidiaSmi(script: string): Promise<void> {
  const path = join(folder, "nvidia-smi");
  await writeFile(path, `#!/bin/sh\nPATH=/usr/bin:/bin\n${script}\n`);
  await chmod(path, 0o755);
}

const engine = () => createVllmEngine("http://127.0.0.1:8002");

describe("vLLM", () => {
  it("listens where it was said to", async () => {
    const vllm = engine();
    expect([vllm.name, vllm.origin]).toEqual(["vllm", "http://127.0.0.1:8002"]);
    await vllm.stop();
  });

  it("tells how busy each GPU is, by one question to nvidia-smi", async () => {
    await fakeNvidiaSmi(`echo "$@" >> ${folder}/asked; printf '0\\n37\\n100\\n'`);
    expect(await engine().gpuUtilization()).toEqual([0, 0.37, 1]);
    expect(await readFile(join(folder, "asked"), "utf8")).toBe(
      "--query-gpu=utilization.gpu --format=csv,noheader,nounits\n",
    );
  });

  it.each([
    ["GPUs that cannot tell", "[N/A]\\n12\\n[Not Supported]\\n", [0.12]],
    ["what is no percentage", "101\\n-5\\n1.5\\n12 %%\\nError: 7\\n8\\n", [0.08]],
    ["spaces and empty lines", " 12 \\r\\n\\n", [0.12]],
    ["all when there is no answer", "", []],
  ])("leaves out %s", async (_, output, expected) => {
    await fakeNvidiaSmi(`printf '${output}'`);
    expect(await engine().gpuUtilization()).toEqual(expected);
  });

  it("knows nothing of GPUs where there is no nvidia-smi, and does not look for it again", async () => {
    const vllm = engine();
    expect(await vllm.gpuUtilization()).toEqual([]);
    await fakeNvidiaSmi("echo 50");
    expect(await vllm.gpuUtilization()).toEqual([]);
    expect(await engine().gpuUtilization()).toEqual([0.5]);
  });

  it("asks again after nvidia-smi failed", async () => {
    const vllm = engine();
    await fakeNvidiaSmi("echo 50; exit 9");
    expect(await vllm.gpuUtilization()).toEqual([]);
    await fakeNvidiaSmi("echo 50");
    expect(await vllm.gpuUtilization()).toEqual([0.5]);
  });

  it("gives up on an nvidia-smi that hangs", async () => {
    await fakeNvidiaSmi("trap '' TERM; exec sleep 600");
    expect(await engine().gpuUtilization()).toEqual([]);
  });
});
