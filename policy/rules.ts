import { containerResources, imageDigests } from "./containers.ts";
import { podSecurity } from "./pod-security.ts";
import type { ResourceRule, StackRule } from "./resource.ts";
import { oneWriter, routeWeights } from "./virtual-services.ts";

/** All rules of the pack, each of them mandatory. */
export const RULES: readonly (ResourceRule | StackRule)[] = Object.freeze([
  containerResources,
  imageDigests,
  podSecurity,
  routeWeights,
  oneWriter,
]);
