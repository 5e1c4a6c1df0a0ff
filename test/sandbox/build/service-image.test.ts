import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { contextFiles } from "../../../sandbox/build/service-image.ts";
import { baseImages } from "../../../sandbox/build/system-images.ts";
import { projectFolder } from "../../../sandbox/folders.ts";

const linesOf = (file: string) => readFileSync(join(projectFolder, file), "utf8").trim().split("\n");

let checkout: string;

beforeAll(() => {
  checkout = mkdtempSync(join(tmpdir(), "checkout-"));
});

afterAll(() => {
  rmSync(checkout, { recursive: true });
});

function write(...files: readonly string[]): void {
  for (const file of files) {
    mkdirSync(dirname(join(checkout, file)), { recursive: true });
    writeFileSync(join(checkout, file), "");
  }
}

describe("the sandbox's build of the service image", () => {
  it("takes what .dockerignore lets through, so it cannot differ from docker's", () => {
    const [everything, ...rules] = linesOf(".dockerignore");
    const allowed = rules.filter((rule) => rule.startsWith("!")).map((rule) => rule.slice(1));
    const refused = rules.filter((rule) => !rule.startsWith("!"));
    expect(everything).toBe("*");
    expect(allowed.filter((path) => path !== "app")).toEqual(["package.json", "package-lock.json"]);
    expect(refused.length).toBeGreaterThan(0);
    write(
      "Dockerfile",
      "package.json",
      "package-lock.json",
      "index.ts",
      "node_modules/hono/index.js",
      "docs/dist/a.md",
    );
    write("app/server.ts", "app/distance.ts", "app/engines/dist/a.ts", "app/engines/engine.ts");
    write(...refused.flatMap((path) => [`${path}/server.mjs`, `${path}/deeper/index.js`]));
    expect(contextFiles(checkout)).toEqual([
      ...["Dockerfile", "package.json", "package-lock.json"],
      ...["app/distance.ts", "app/engines/dist/a.ts", "app/engines/engine.ts", "app/server.ts"],
    ]);
  });

  it("finds in its registry the images that the Dockerfile starts from", () => {
    const argument = (name: string) =>
      linesOf("Dockerfile")
        .find((line) => line.startsWith(`ARG ${name}=`))
        ?.split("=")[1];
    expect(argument("NODE_IMAGE")).toBe(baseImages.build.replace("docker.io/library/", ""));
    expect(argument("RUNTIME_IMAGE")).toBe(baseImages.runtime);
  });

  it("asks its own registry for every public one that they are in", () => {
    const script = readFileSync(join(projectFolder, "sandbox/build/image-builder.sh"), "utf8");
    const mirrored = /for public in (.+); do/.exec(script)?.[1]?.split(" ");
    expect(mirrored).toEqual(Object.values(baseImages).map((image) => image.split("/")[0]));
  });
});
