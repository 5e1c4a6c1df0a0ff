import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { METRICS } from "../../app/metric-catalogue.ts";
import { ROUTES } from "../../app/routes.ts";

const page = readFileSync("docs/service.md", "utf8");
const sources = ["app/settings.ts", "app/simulated-settings.ts"].map((file) => readFileSync(file, "utf8")).join("\n");

describe("docs/service.md", () => {
  it("names every metric", () => {
    expect(Object.values(METRICS).filter(({ name }) => !page.includes(`\`${name}`))).toEqual([]);
  });

  it("names every open route", () => {
    expect(ROUTES.filter((route) => route !== "other" && !page.includes(route))).toEqual([]);
  });

  it("names every setting that is read, and no other", () => {
    const read = new Set([...sources.matchAll(/"([A-Z]+(?:_[A-Z]+)+)"/g)].map(([, name]) => name));
    const named = [...page.matchAll(/^\| `([A-Z_]+)`/gm)].map(([, name]) => name);
    // The image sets the revision; spans are the SDK's matter.
    const special = ["BUILD_REVISION", "OTEL_EXPORTER_OTLP_ENDPOINT"];
    expect(named.filter((name) => name !== special[1]).toSorted()).toEqual(
      [...read].filter((name) => name !== special[0]).toSorted(),
    );
  });
});
