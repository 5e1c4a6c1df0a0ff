import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { terminalProgress } from "../../sandbox/progress.ts";

let lines: string[];

beforeEach(() => {
  lines = [];
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
  vi.spyOn(console, "log").mockImplementation((line: string) => lines.push(line));
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("terminalProgress", () => {
  it("repeats what is going on every half minute until it ends", () => {
    const progress = terminalProgress();
    progress.started("istio");
    vi.advanceTimersByTime(65_000);
    progress.finished("istio", 65);
    vi.advanceTimersByTime(65_000);
    expect(lines).toEqual([
      "  0:00  istio ...",
      "  0:30  istio ... 0:30",
      "  1:00  istio ... 1:00",
      "  1:05  istio done in 1:05",
    ]);
  });

  it("tells at once that a step failed, with the last line of the reason, and ends its heartbeat", () => {
    const progress = terminalProgress();
    progress.started("istio");
    vi.advanceTimersByTime(5_000);
    progress.failed("istio", new Error("go build ended with 1:\nmain.go:1: no network\n"));
    vi.advanceTimersByTime(65_000);
    expect(lines).toEqual(["  0:00  istio ...", "  0:05  istio failed: main.go:1: no network"]);
  });
});
