import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { command } from "../../sandbox/command.ts";

const module = JSON.stringify(new URL("../../sandbox/command.ts", import.meta.url).href);

function childrenOf(pid: number): readonly number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return text === "" ? [] : text.split(" ").map(Number);
}

function programOf(pid: number): string {
  return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
}

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && !/^State:\sZ/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
}

describe("command", () => {
  it("gives what the program prints", async () => {
    expect(await command("sh", ["-c", 'echo "$WORD" from "$PWD"'], { cwd: "/", env: { WORD: "hello" } })).toBe(
      "hello from /\n",
    );
  });

  it("fails with the command, its code and its last words", async () => {
    await expect(command("sh", ["-c", "echo reason >&2; exit 3"])).rejects.toThrow(
      "sh -c echo reason >&2; exit 3 ended with 3:\nreason",
    );
  });

  it("names a program that is not there", async () => {
    await expect(command("no-such-program", [])).rejects.toThrow("no-such-program");
  });

  it("kills a program that takes too long, and says so", async () => {
    await expect(command("sleep", ["60"], { timeLimitMs: 50 })).rejects.toThrow(
      "sleep 60 was killed after 0.05 seconds",
    );
  });
});

describe.runIf(existsSync("/usr/bin/setpriv"))("a program run by a process that is killed", () => {
  it("is killed with it", async () => {
    const script = `import { command } from ${module}; await command("sleep", ["60"]);`;
    const parent = spawn(process.execPath, ["--input-type=module", "--eval", script], { stdio: "ignore" });
    const pid = parent.pid ?? 0;
    const sleeping = await vi.waitFor(
      () => {
        const found = childrenOf(pid).find((child) => programOf(child) === "sleep");
        if (found === undefined) throw new Error("not started yet");
        return found;
      },
      { timeout: 10_000 },
    );
    parent.kill("SIGKILL");
    await vi.waitFor(() => {
      expect(isAlive(sleeping)).toBe(false);
    });
  });
});
