import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { Version } from "../components/version-settings.ts";
import { vllmArguments } from "../components/vllm-container.ts";
import { bytesIn } from "../config/quantities.ts";
import { ownedFlag } from "../config/vllm-args.ts";
import { type Config, DIGEST, faultsOf, load, V1, V2 } from "./config-fixture.ts";
import { mockEngine } from "./mocks.ts";

const VLLM = { kind: "vllm", image: `vllm/vllm-openai:v0.33.0@${DIGEST}`, modelSource: "facebook/opt-125m" };

beforeAll(async () => {
  await mockEngine();
});

const canaryOf = (fields: Config): Version => load({ versions: [V1, { ...V2, ...fields }] }).versions[1];

describe("pure: legal versions", () => {
  it("fills in every default of vLLM", () => {
    expect(canaryOf({ engine: VLLM }).engine).toEqual({
      ...VLLM,
      args: [],
      loraAdapters: [],
      gpu: { count: 1, resource: "nvidia.com/gpu", product: undefined },
      resources: { cpu: "4", memory: "24Gi" },
      sharedMemory: "8Gi",
      startupMinutes: 30,
      cache: undefined,
    });
  });

  it("keeps all that can be said", () => {
    const fields = {
      image: `registry.example.com/vllm-service@${DIGEST}`,
      replicas: { min: 2, max: 4, waitingRequests: 6 },
      resources: { cpu: "500m", memory: "1Gi" },
      nodeSelector: { pool: "llm", "topology.kubernetes.io/zone": "eu-west-1a" },
      tolerations: [
        { key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" },
        { key: "team", operator: "Equal", value: "llm" },
      ],
      engine: {
        ...VLLM,
        args: ["--max-model-len", "8192", "--seed=-1", "-tp", "2", "--rope-scaling.factor", "-2"],
        loraAdapters: [{ name: "sql", source: "team/sql-lora" }],
        gpu: { count: 2, resource: "nvidia.com/mig-1g.5gb", product: "NVIDIA-L4" },
        resources: { cpu: "8", memory: "64Gi" },
        sharedMemory: "16Gi",
        startupMinutes: 45,
        cache: { size: "200Gi", storageClass: "nfs.csi" },
      },
    };
    expect(canaryOf(fields)).toEqual({ ...V2, ...fields });
  });

  it("reads numbers without quotes where Kubernetes and vLLM want text", () => {
    const { nodeSelector, engine } = canaryOf({
      nodeSelector: { generation: 7 },
      engine: { ...VLLM, args: ["--max-num-seqs", 64] },
    });
    expect({ nodeSelector, engine }).toMatchObject({
      nodeSelector: { generation: "7" },
      engine: { args: ["--max-num-seqs", "64"] },
    });
  });

  it("tolerates every value of a taint of which only the key is said", () => {
    expect(canaryOf({ tolerations: [{ key: "gpu" }] }).tolerations).toEqual([{ key: "gpu", operator: "Exists" }]);
  });

  it("takes an engine as JSON, as `pulumi config set --path` stores it", () => {
    expect(canaryOf({ engine: JSON.stringify(VLLM) }).engine).toEqual(canaryOf({ engine: VLLM }).engine);
  });

  it("takes a CPU image and a GPU of another maker", () => {
    expect(canaryOf({ engine: { ...VLLM, gpu: { count: 0 } } }).engine).toMatchObject({ gpu: { count: 0 } });
    const amd = { resource: "amd.com/gpu" };
    expect(canaryOf({ engine: { ...VLLM, gpu: amd } }).engine).toMatchObject({ gpu: { count: 1, ...amd } });
  });

  it("freezes them all the way down", () => {
    const version = canaryOf({
      nodeSelector: { pool: "llm" },
      tolerations: [{ key: "gpu" }],
      engine: { ...VLLM, args: ["-tp", "2"], loraAdapters: [{ name: "sql", source: "s" }], cache: { size: "1Gi" } },
    });
    const isFrozen = (value: unknown): boolean =>
      typeof value !== "object" || value === null || (Object.isFrozen(value) && Object.values(value).every(isFrozen));
    expect(isFrozen(version)).toBe(true);
  });
});

describe("property: flags that the stack owns", () => {
  const argument = (flag: string): fc.Arbitrary<string> =>
    fc
      .tuple(fc.integer({ min: 3, max: flag.length }), fc.boolean(), fc.constantFrom("", "=x", "=-y_z"))
      .map(([length, isSnake, value]) => {
        const name = flag.slice(0, length);
        return (isSnake ? `--${name.slice(2).replaceAll("-", "_")}` : name) + value;
      });

  it("are refused in each spelling that vLLM takes", () => {
    const owned = fc.constantFrom("--host", "--port", "--served-model-name", "--lora-modules", "--shutdown-timeout");
    fc.assert(
      fc.property(
        owned.chain((flag) => argument(flag)),
        (given) => {
          expect(ownedFlag(given)).toBeDefined();
          expect(faultsOf({ versions: [V1, { ...V2, engine: { ...VLLM, args: [given] } }] })).toHaveLength(1);
        },
      ),
    );
  });

  it("are all that the stack sets", () => {
    const { engine } = canaryOf({ engine: { ...VLLM, loraAdapters: [{ name: "sql", source: "s" }] } });
    const set = engine.kind === "vllm" ? vllmArguments(engine, "m").filter((each) => each.startsWith("--")) : [];
    expect(set).toHaveLength(6);
    expect(set.map(ownedFlag)).toEqual(set);
  });

  it.each(["--model-impl", "--enable-lora-bias", "--max-loras", "-tp", "--hf-config-path", "8100", "port", "-1"])(
    "do not include %s",
    (given) => {
      expect(ownedFlag(given)).toBeUndefined();
    },
  );
});

describe("property: quantities", () => {
  it("stand for their number times their unit", () => {
    const units = { k: 1e3, Ki: 1024, M: 1e6, Mi: 1024 ** 2, G: 1e9, Gi: 1024 ** 3, T: 1e12, Ti: 1024 ** 4 };
    const unit = fc.constantFrom(...Object.entries(units));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), unit, (number, [name, factor]) => {
        expect(bytesIn(`${number}${name}`)).toBe(number * factor);
        expect(bytesIn(`${number}.5${name}`)).toBe((number + 0.5) * factor);
      }),
    );
  });
});
