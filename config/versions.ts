import type { Replicas, Version } from "../components/version-settings.ts";
import { type Check, faultLine, integer, matching, optional, text, where } from "./checks.ts";
import { object, pair } from "./collections.ts";
import { consistent } from "./contradictions.ts";
import { engine } from "./engine.ts";
import { DNS_LABEL, IMAGE_BY_DIGEST } from "./patterns.ts";
import { cpu, memory } from "./quantities.ts";
import { nodeSelector, tolerations } from "./scheduling.ts";

const replicas = where(
  object<Replicas>({
    min: integer({ min: 1, default: 1, meaning: "pods" }),
    max: integer({ min: 1, default: 3, meaning: "pods" }),
    waitingRequests: optional(integer({ min: 1, default: 8, meaning: "requests waiting in a pod" })),
  }),
  ({ min, max }) => max >= min,
  { expected: "max not below min", cure: "raise max or lower min" },
);

const fields = object<Version>({
  name: text((value) => value.length <= 20 && DNS_LABEL.test(value), {
    expected: "1 to 20 lower-case letters, digits or -, not starting or ending with -",
    example: "v2",
  }),
  model: matching(/^[!-~]{1,256}$/, {
    expected: "the model name clients send, 1 to 256 printable characters without spaces",
    example: "my-model",
  }),
  image: optional(
    matching(IMAGE_BY_DIGEST, {
      expected: "an image of the service by digest, repository[:tag]@sha256:<64 hex digits>",
      example: "REPOSITORY@sha256:DIGEST",
    }),
  ),
  replicas,
  resources: object<Version["resources"]>({ cpu: cpu("100m"), memory: memory("384Mi") }),
  nodeSelector,
  tolerations,
  engine,
});

const PRODUCT_LABEL = "nvidia.com/gpu.product";

const version = consistent(fields, ({ model, nodeSelector, engine }) => {
  if (engine.kind === "simulated") return [];
  const namesake = engine.loraAdapters.findIndex(({ name }) => name === model);
  const label = nodeSelector[PRODUCT_LABEL];
  return [
    namesake !== -1 && {
      field: `.engine.loraAdapters[${namesake}].name`,
      value: model,
      expected: "a name other than the model's",
      cure: "rename the adapter",
    },
    label !== undefined &&
      engine.gpu.product !== undefined && {
        field: `.nodeSelector["${PRODUCT_LABEL}"]`,
        value: label,
        expected: "no such label beside engine.gpu.product, which selects by it",
        cure: "remove one of them",
      },
  ];
});

/** The two versions; equal names are a fault of the second one even when other fields are at fault too. */
export const versions: Check<readonly [stable: Version, canary: Version]> = (value, path, faults) => {
  const both = pair(version, {
    expected: "a list of exactly two versions, the stable one and the canary, each with at least name and model",
    cure: "copy the versions of Pulumi.dev.yaml into this stack's file",
  })(value, path, faults);
  const [stable, canary] = both;
  if (stable.name !== "" && stable.name === canary.name) {
    const rule = { expected: `a name other than the one of ${path}[0]`, example: `${canary.name.slice(0, 16)}-new` };
    faults.push(faultLine(`${path}[1].name`, canary.name, rule));
  }
  return both;
};
