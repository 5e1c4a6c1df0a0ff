import { expect, vi } from "vitest";
import { complete, completeMany, tally, type Answer, type Gateway } from "../../quickstart/traffic.ts";
import { shift } from "./stack.ts";

/** Name of the model that both versions serve. */
export const model = "simulated-model";

/** Sends requests and gives how many each version answered. */
export async function shares(target: Gateway, count: number): Promise<ReadonlyMap<string, number>> {
  return tally(await completeMany(target, model, { count, parallel: 16 }));
}

/** Waits until the gateway, which learns of a new weight a moment after the cluster, sends all to one version. */
export async function settled(target: Gateway, version: string, count = 100): Promise<void> {
  const settle = async (): Promise<void> => {
    expect(await shares(target, count)).toEqual(new Map([[version, count]]));
  };
  await vi.waitFor(settle, { timeout: 10_000, interval: 50 });
}

/** Moves the weight through 0, where the canary's first answer tells that the gateway has the new split. */
export async function shiftThroughZero(target: Gateway, weight: number): Promise<void> {
  await shift(0);
  await settled(target, "v1");
  await shift(weight);
  await expect
    .poll(async () => (await shares(target, 20)).get("v2") ?? 0, { timeout: 10_000, interval: 50 })
    .toBeGreaterThan(0);
}

/** Sends requests one after another on four connections until told to stop. */
export function steadyTraffic(target: Gateway): { stop: () => Promise<readonly Answer[]> } {
  const answers: Answer[] = [];
  let going = true;
  const client = async () => {
    while (going) answers.push(await complete(target, model));
  };
  const clients = Promise.all([client(), client(), client(), client()]);
  return {
    stop: async () => {
      going = false;
      await clients;
      return answers;
    },
  };
}
