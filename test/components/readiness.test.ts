import { describe, expect, it } from "vitest";
import { readinessFault } from "../../components/readiness.ts";

const faultAt = (canaryWeight: number, stable: number | undefined, canary: number | undefined): string | undefined =>
  readinessFault({ stable: "v1", canary: "v2", canaryWeight }, { stable, canary }, "llm");

const fix = (version: string): string =>
  "expected one in each version that gets requests. Fix: find out why by kubectl -n llm get pods " +
  `-l version=${version}`;

describe("pure: readiness", () => {
  it.each([
    [0, 1, 0],
    [0, 1, undefined],
    [100, undefined, 1],
    [0, 3, 2],
    [100, 0, 1],
    [50, 1, 1],
  ])("lets weight %i pass with %i stable and %i canary pods", (weight, stable, canary) => {
    expect(faultAt(weight, stable, canary)).toBeUndefined();
  });

  it.each([
    [1, 1, 0, "v2", 0],
    [100, 1, 0, "v2", 0],
    [100, undefined, 0, "v2", 0],
    [0, 0, undefined, "v1", 100],
    [99, 0, 1, "v1", 100],
    [0, 0, 1, "v1", 100],
    [50, 1, 0, "v2", 0],
    [50, 0, 1, "v1", 100],
  ])("refuses weight %i with %i stable and %i canary pods", (weight, stable, canary, version, other) => {
    expect(faultAt(weight, stable, canary)).toBe(
      `canaryWeight is ${weight}, but ${version} has no ready pod; ${fix(version)}, or pulumi config set canaryWeight ${other}`,
    );
  });

  it.each([
    [50, "v2"],
    [0, "v1"],
    [100, "v2"],
  ])("offers no other weight than %i when no version has a ready pod", (weight, version) => {
    expect(faultAt(weight, 0, 0)).toBe(`canaryWeight is ${weight}, but ${version} has no ready pod; ${fix(version)}`);
  });
});
