import { beforeAll, describe, expect, it } from "vitest";
import { type Config, DIGEST, faultsOf, V1, V2 } from "./config-fixture.ts";
import { mockEngine } from "./mocks.ts";

const VLLM = { kind: "vllm", image: `vllm/vllm-openai@${DIGEST}`, modelSource: "facebook/opt-125m" };
const CANARY = "versions[1]";
const ENGINE = `${CANARY}.engine`;

beforeAll(async () => {
  await mockEngine();
});

const canary = (fields: Config): Config => ({ versions: [V1, { ...V2, ...fields }] });
const vllm = (fields: Config): Config => canary({ engine: { ...VLLM, ...fields } });
const set = (path: string, example: string): string => `Fix: pulumi config set --path '${path}' ${example}`;

const DIGEST_RULE = "by digest, repository[:tag]@sha256:<64 hex digits>";
const SOURCE = "what vLLM loads, a Hugging Face repository or a path in its file system, without spaces";
const ADAPTER_NAME =
  "the adapter name clients send, 1 to 256 letters, digits, ., _, :, / or -, not starting with a sign";
const ARGS = 'Fix: write it as ["--max-model-len", "8192"]';

describe("pure: one fault of vLLM, one line", () => {
  it.each<[string, Config, string]>([
    [
      "vLLM without image",
      vllm({ image: undefined }),
      `${ENGINE}.image is not set; expected the image of vLLM ${DIGEST_RULE}. ` +
        set(`${ENGINE}.image`, "vllm/vllm-openai@sha256:DIGEST"),
    ],
    [
      "vLLM without model",
      vllm({ modelSource: undefined }),
      `${ENGINE}.modelSource is not set; expected ${SOURCE}. ` + set(`${ENGINE}.modelSource`, "REPOSITORY"),
    ],
    [
      "model that is a flag",
      vllm({ modelSource: "--port" }),
      `${ENGINE}.modelSource is "--port"; expected ${SOURCE}. ` + set(`${ENGINE}.modelSource`, "REPOSITORY"),
    ],
    [
      "a simulated field of vLLM",
      vllm({ seed: 1 }),
      `${ENGINE}.seed is 1, but there is no such setting; expected one of kind, image, modelSource, args, ` +
        "loraAdapters, gpu, resources, sharedMemory, startupMinutes, cache. " +
        `Fix: pulumi config rm --path '${ENGINE}.seed'`,
    ],
    [
      "a field of vLLM in a simulated engine",
      canary({ engine: { startupMinutes: 5 } }),
      `${ENGINE}.startupMinutes is 5, but there is no such setting; expected one of kind, timeToFirstTokenMs, ` +
        "interTokenLatencyMs, maxNumSeqs, startupSeconds, seed, errorPercent, streamErrorPercent, streamAbortPercent, " +
        `answerQualityPercent. Fix: pulumi config rm --path '${ENGINE}.startupMinutes'`,
    ],
    [
      "args as text",
      vllm({ args: "--max-model-len 8192" }),
      `${ENGINE}.args is "--max-model-len 8192"; expected a list of arguments of vllm serve, each flag and each value ` +
        `an item of its own. ${ARGS}`,
    ],
    [
      "a second model first",
      vllm({ args: ["opt", "--seed=1"] }),
      `${ENGINE}.args is ["opt","--seed=1"]; expected a flag first, because the model is engine.modelSource. ${ARGS}`,
    ],
    [
      "an argument that ends the flags",
      vllm({ args: ["--"] }),
      `${ENGINE}.args[0] is "--"; expected an argument of vllm serve, a flag or its value. ` +
        set(`${ENGINE}.args[0]`, "--max-model-len"),
    ],
    [
      "adapters that are not a list",
      vllm({ loraAdapters: { name: "sql" } }),
      `${ENGINE}.loraAdapters is {"name":"sql"}; expected a list of adapters, each with name and source. ` +
        "Fix: write it as [{name: NAME, source: REPOSITORY}]",
    ],
    [
      "an adapter that vLLM would read as something else",
      vllm({ loraAdapters: [{ name: "a=b", source: "s" }] }),
      `${ENGINE}.loraAdapters[0].name is "a=b"; expected ${ADAPTER_NAME}. ` +
        set(`${ENGINE}.loraAdapters[0].name`, "my-adapter"),
    ],
    [
      "a source that vLLM would read as something else",
      vllm({ loraAdapters: [{ name: "a", source: "s,t" }] }),
      `${ENGINE}.loraAdapters[0].source is "s,t"; expected a Hugging Face repository or a path, without spaces and ` +
        "commas. " +
        set(`${ENGINE}.loraAdapters[0].source`, "REPOSITORY"),
    ],
    [
      "adapters of one name",
      vllm({
        loraAdapters: [
          { name: "a", source: "s" },
          { name: "a", source: "t" },
        ],
      }),
      `${ENGINE}.loraAdapters is [{"name":"a","source":"s"},{"name":"a","source":"t"}]; expected adapters of different ` +
        "names. Fix: rename one of them",
    ],
    [
      "an adapter named like the model",
      vllm({
        loraAdapters: [
          { name: "a", source: "s" },
          { name: "m", source: "s" },
        ],
      }),
      `${ENGINE}.loraAdapters[1].name is "m"; expected a name other than the model's. Fix: rename the adapter`,
    ],
    [
      "a negative number of GPUs",
      vllm({ gpu: { count: -1 } }),
      `${ENGINE}.gpu.count is -1; expected an integer from 0 to 1024 (GPUs a pod). ` + set(`${ENGINE}.gpu.count`, "1"),
    ],
    [
      "a GPU without its domain",
      vllm({ gpu: { resource: "gpu" } }),
      `${ENGINE}.gpu.resource is "gpu"; expected a Kubernetes resource with its domain, such as nvidia.com/gpu. ` +
        set(`${ENGINE}.gpu.resource`, "nvidia.com/gpu"),
    ],
    [
      "a product of no GPU",
      vllm({ gpu: { count: 0, product: "NVIDIA-L4" } }),
      `${ENGINE}.gpu.product is "NVIDIA-L4"; expected no product without a GPU of nvidia.com, whose label it is. ` +
        "Fix: remove it, and choose nodes by the version's nodeSelector",
    ],
    [
      "an NVIDIA product of another maker",
      vllm({ gpu: { resource: "amd.com/gpu", product: "MI300X" } }),
      `${ENGINE}.gpu.product is "MI300X"; expected no product without a GPU of nvidia.com, whose label it is. ` +
        "Fix: remove it, and choose nodes by the version's nodeSelector",
    ],
    [
      "a product said twice",
      canary({
        nodeSelector: { "nvidia.com/gpu.product": "NVIDIA-H100" },
        engine: { ...VLLM, gpu: { product: "NVIDIA-L4" } },
      }),
      `${CANARY}.nodeSelector["nvidia.com/gpu.product"] is "NVIDIA-H100"; expected no such label beside ` +
        "engine.gpu.product, which selects by it. Fix: remove one of them",
    ],
    [
      "shared memory that leaves nothing",
      vllm({ sharedMemory: "24Gi" }),
      `${ENGINE}.sharedMemory is "24Gi"; expected less than resources.memory, 24Gi, in which it is counted. ` +
        "Fix: raise resources.memory",
    ],
    [
      "no time to start",
      vllm({ startupMinutes: 0 }),
      `${ENGINE}.startupMinutes is 0; expected an integer from 1 to 1440 (minutes until vLLM answers). ` +
        set(`${ENGINE}.startupMinutes`, "30"),
    ],
    [
      "a cache without size",
      vllm({ cache: {} }),
      `${ENGINE}.cache.size is not set; expected a Kubernetes storage quantity above 0 with its unit, such as 100Gi. ` +
        set(`${ENGINE}.cache.size`, "100Gi"),
    ],
    [
      "an illegal storage class",
      vllm({ cache: { size: "1Gi", storageClass: "NFS" } }),
      `${ENGINE}.cache.storageClass is "NFS"; expected the name of a storage class that offers ReadWriteMany. ` +
        "Fix: pick one of `kubectl get storageclass -o name`",
    ],
  ])("%s", (_, config, line) => {
    expect(faultsOf(config)).toEqual([line]);
  });
});

describe("pure: flags that the stack owns", () => {
  it.each([
    ["--model=opt", "--model", "engine.modelSource"],
    ["--served-model-name", "--served-model-name", "model"],
    ["--served_model_name=x", "--served-model-name", "model"],
    ["--enable-lora", "--enable-lora", "engine.loraAdapters"],
    ["--lora-modules", "--lora-modules", "engine.loraAdapters"],
    ["--config=/etc/vllm.yaml", "--config", "engine.args"],
  ])("%s belongs to a setting", (argument, flag, setting) => {
    expect(faultsOf(vllm({ args: ["--seed=1", argument, "--port"] }))).toEqual([
      `${ENGINE}.args[1] is "${argument}"; expected no ${flag}, which ${CANARY}.${setting} decides on. ` +
        `Fix: remove it and set ${CANARY}.${setting}`,
      `${ENGINE}.args[2] is "--port"; expected no --port, which the stack decides on. Fix: remove it`,
    ]);
  });

  it.each([
    ...["--host", "--port", "--uds", "--root-path", "--api-key", "--grpc", "--headless", "--shutdown-timeout"],
    ...["--enable-log-requests", "--enable-log-outputs"],
    ...["--ssl-keyfile", "--ssl-certfile", "--ssl-ca-certs", "--ssl-cert-reqs"],
  ])("%s belongs to the stack", (flag) => {
    expect(faultsOf(vllm({ args: [flag, "x"] }))).toEqual([
      `${ENGINE}.args[0] is "${flag}"; expected no ${flag}, which the stack decides on. Fix: remove it`,
    ]);
  });

  it.each([
    ["--por", "--port"],
    ["--serv=x", "--served-model-name"],
    ["--shutdown_t", "--shutdown-timeout"],
  ])("%s is short for one of them", (argument, flag) => {
    expect(faultsOf(vllm({ args: [argument] }))).toEqual([
      expect.stringContaining(`${ENGINE}.args[0] is "${argument}"; expected no ${flag}, `),
    ]);
  });
});

describe("pure: contradictions", () => {
  it("wait until each field is right by itself", () => {
    expect(faultsOf(vllm({ sharedMemory: "99Gi", startupMinutes: 0 })).map((line) => line.split(";")[0])).toEqual([
      `${ENGINE}.startupMinutes is 0`,
    ]);
  });
});
