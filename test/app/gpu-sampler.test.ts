import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { GPU_SAMPLE_INTERVAL_MS, startGpuSampler } from "../../app/gpu-sampler.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Lets `intervals` sampling intervals pass. */
const pass = (intervals: number) => vi.advanceTimersByTimeAsync(intervals * GPU_SAMPLE_INTERVAL_MS);

describe("the GPU sampler", () => {
  it("observes each GPU every 5 s, from 5 s after the start on", async () => {
    const seen: number[] = [];
    startGpuSampler({ gpuUtilization: () => Promise.resolve([0.25, 0.75]) }, (share) => seen.push(share));
    await vi.advanceTimersByTimeAsync(4999);
    expect(seen).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(seen).toEqual([0.25, 0.75]);
    await pass(2);
    expect(seen).toEqual([0.25, 0.75, 0.25, 0.75, 0.25, 0.75]);
  });

  it("observes nothing where there is no GPU", async () => {
    const seen: number[] = [];
    startGpuSampler({ gpuUtilization: () => Promise.resolve([]) }, (share) => seen.push(share));
    await pass(3);
    expect(seen).toEqual([]);
  });

  it("takes no second sample while a slow one is under way, and goes on after it", async () => {
    const open: ((shares: number[]) => void)[] = [];
    const seen: number[] = [];
    const gpuUtilization = () => new Promise<number[]>((resolve) => open.push(resolve));
    startGpuSampler({ gpuUtilization }, (share) => seen.push(share));
    await pass(3);
    expect(open.length).toBe(1);
    open[0]?.([0.5]);
    await pass(1);
    expect(open.length).toBe(2);
    expect(seen).toEqual([0.5]);
  });

  it("observes nothing after its stop, not even a sample that was under way", async () => {
    const seen: number[] = [];
    let finish: (shares: number[]) => void = () => undefined;
    const gpuUtilization = vi.fn(() => new Promise<number[]>((resolve) => (finish = resolve)));
    const sampler = startGpuSampler({ gpuUtilization }, (share) => seen.push(share));
    await pass(1);
    sampler.stop();
    finish([0.5]);
    await pass(3);
    expect(seen).toEqual([]);
    expect(gpuUtilization).toHaveBeenCalledTimes(1);
  });

  it("does not keep the process alive", () => {
    vi.useRealTimers();
    const before = process.getActiveResourcesInfo().length;
    const sampler = startGpuSampler({ gpuUtilization: () => Promise.resolve([]) }, () => undefined);
    expect(process.getActiveResourcesInfo().length).toBe(before);
    sampler.stop();
  });
});
