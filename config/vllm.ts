import type { Gpu, LoraAdapter, ModelCache, VllmEngine } from "../components/engine-settings.ts";
import { integer, matching, optional, where } from "./checks.ts";
import { list, object } from "./collections.ts";
import { consistent } from "./contradictions.ts";
import { IMAGE_BY_DIGEST } from "./patterns.ts";
import { bytesIn, cpu, memory, storage } from "./quantities.ts";
import { LABEL_VALUE } from "./scheduling.ts";
import { vllmArgs } from "./vllm-args.ts";

const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

const adapter = object<LoraAdapter>({
  name: matching(/^\w[\w.:/-]{0,255}$/, {
    expected: "the adapter name clients send, 1 to 256 letters, digits, ., _, :, / or -, not starting with a sign",
    example: "my-adapter",
  }),
  source: matching(/^[^\s,-][^\s,]{0,255}$/, {
    expected: "a Hugging Face repository or a path, without spaces and commas",
    example: "REPOSITORY",
  }),
});

const loraAdapters = where(
  list(adapter, {
    expected: "a list of adapters, each with name and source",
    cure: "write it as [{name: NAME, source: REPOSITORY}]",
  }),
  (adapters) => new Set(adapters.map(({ name }) => name)).size === adapters.length,
  { expected: "adapters of different names", cure: "rename one of them" },
);

const gpu = consistent(
  object<Gpu>({
    count: integer({ min: 0, max: 1024, default: 1, meaning: "GPUs a pod" }),
    resource: matching(
      /^[a-z0-9][a-z0-9.-]*\/[A-Za-z0-9][\w.-]{0,62}$/,
      { expected: "a Kubernetes resource with its domain, such as nvidia.com/gpu" },
      "nvidia.com/gpu",
    ),
    product: optional(
      matching(LABEL_VALUE, {
        expected: "the value of the nodes' label nvidia.com/gpu.product",
        example: "NVIDIA-H100-80GB-HBM3",
      }),
    ),
  }),
  ({ count, resource, product }) => [
    product !== undefined &&
      !(count > 0 && resource.startsWith("nvidia.com/")) && {
        field: ".product",
        value: product,
        expected: "no product without a GPU of nvidia.com, whose label it is",
        cure: "remove it, and choose nodes by the version's nodeSelector",
      },
  ],
);

const cache = object<ModelCache>({
  size: storage("100Gi"),
  storageClass: optional(
    matching(DNS_SUBDOMAIN, {
      expected: "the name of a storage class that offers ReadWriteMany",
      cure: "pick one of `kubectl get storageclass -o name`",
    }),
  ),
});

/** vLLM in a container of its own. Shared memory must leave some of the container's memory for everything else. */
export const vllm = consistent(
  object<VllmEngine>({
    kind: () => "vllm",
    image: matching(IMAGE_BY_DIGEST, {
      expected: "the image of vLLM by digest, repository[:tag]@sha256:<64 hex digits>",
      example: "vllm/vllm-openai@sha256:DIGEST",
    }),
    modelSource: matching(/^(?!-)[!-~]{1,256}$/, {
      expected: "what vLLM loads, a Hugging Face repository or a path in its file system, without spaces",
      example: "REPOSITORY",
    }),
    args: vllmArgs,
    loraAdapters,
    gpu,
    resources: object<VllmEngine["resources"]>({ cpu: cpu("4"), memory: memory("24Gi") }),
    sharedMemory: memory("8Gi"),
    startupMinutes: integer({ min: 1, max: 1440, default: 30, meaning: "minutes until vLLM answers" }),
    cache: optional(cache),
  }),
  ({ sharedMemory, resources }) => [
    bytesIn(sharedMemory) >= bytesIn(resources.memory) && {
      field: ".sharedMemory",
      value: sharedMemory,
      expected: `less than resources.memory, ${resources.memory}, in which it is counted`,
      cure: "raise resources.memory",
    },
  ],
);
