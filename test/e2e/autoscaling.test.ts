import { describe, expect, it } from "vitest";
import { kubectl, namespace } from "./stack.ts";

describe("autoscaling on a real cluster", () => {
  it("scales on CPU and memory that are really measured", async () => {
    await expect
      .poll(
        async () => {
          const json = await kubectl("-n", namespace, "get", "hpa", "-o", "json");
          const { items } = JSON.parse(json) as {
            items: { status: { currentMetrics?: { containerResource: { name: string; current: object } }[] } }[];
          };
          return items.map(({ status }) =>
            status.currentMetrics?.map((metric) => metric.containerResource.name).sort(),
          );
        },
        { timeout: 90_000, interval: 2_000 },
      )
      .toEqual([
        ["cpu", "memory"],
        ["cpu", "memory"],
      ]);
  });
});
