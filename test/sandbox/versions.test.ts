import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { kubernetesPluginVersion } from "../../sandbox/build/kubernetes-plugin.ts";
import { nodeImages } from "../../sandbox/build/system-images.ts";
import { projectFolder } from "../../sandbox/folders.ts";
import manifest from "../../package.json" with { type: "json" };

const manifests = join(projectFolder, "sandbox/manifests");

function imagesOf(file: string): readonly string[] {
  const lines = readFileSync(join(manifests, file), "utf8").matchAll(/^\s*(?:- )?image: (\S+)$/gm);
  return [...lines].map(([, image = ""]) => image);
}

describe("versions", () => {
  it("are the same in the node's manifests as in its registry", () => {
    const { pause, ...inManifests } = nodeImages;
    expect(pause).toMatch(/^registry\.k8s\.io\/pause:/);
    expect(readdirSync(manifests).flatMap(imagesOf).sort()).toEqual(Object.values(inManifests).sort());
  });

  it("are the same for the Kubernetes plugin as for its SDK", () => {
    expect(kubernetesPluginVersion).toBe(manifest.devDependencies["@pulumi/kubernetes"]);
  });
});
