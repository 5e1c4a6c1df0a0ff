import { type Container, inEachContainer } from "./pods.ts";
import type { ResourceRule } from "./resource.ts";

/** Without them the scheduler places pods blindly and one pod can take a node's memory. */
export const containerResources: ResourceRule = {
  name: "container-resources",
  description: "Every container requests CPU and memory, and has a memory limit.",
  check: (resource) => inEachContainer(resource, resourceFindings),
};

/** A tag can be moved to other content; a digest cannot. */
export const imageDigests: ResourceRule = {
  name: "image-digests",
  description: "Every container's image is named by digest.",
  check: (resource) => inEachContainer(resource, imageFindings),
};

function resourceFindings({ resources }: Container): string[] {
  const missing = [
    ...(["cpu", "memory"] as const)
      .filter((unit) => resources?.requests?.[unit] === undefined)
      .map((unit) => `${unit} request`),
    ...(resources?.limits?.["memory"] === undefined ? ["memory limit"] : []),
  ];
  return missing.map((what) => `has no ${what}`);
}

function imageFindings({ image = "" }: Container): string[] {
  return /@sha256:[0-9a-f]{64}$/.test(image) ? [] : [`has the image "${image}"; expected one by digest`];
}
