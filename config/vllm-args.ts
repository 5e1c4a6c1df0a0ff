import { type Check, faultLine, text, where } from "./checks.ts";
import { list } from "./collections.ts";

/** Flags that the stack sets itself or must not be set, each with the setting in its place, if there is one. */
const OWNED: Readonly<Record<string, string | undefined>> = {
  "--model": "engine.modelSource",
  "--served-model-name": "model",
  "--enable-lora": "engine.loraAdapters",
  "--lora-modules": "engine.loraAdapters",
  "--config": "engine.args",
  "--enable-log-requests": undefined,
  "--enable-log-outputs": undefined,
  "--shutdown-timeout": undefined,
  "--host": undefined,
  "--port": undefined,
  "--uds": undefined,
  "--root-path": undefined,
  "--api-key": undefined,
  "--grpc": undefined,
  "--headless": undefined,
  "--ssl-keyfile": undefined,
  "--ssl-certfile": undefined,
  "--ssl-ca-certs": undefined,
  "--ssl-cert-reqs": undefined,
};

/**
 * The owned flag that vLLM would take an argument for, if any: it reads `_` as `-`, a value after `=`, and any beginning of
 * a flag's name that fits no other.
 */
export function ownedFlag(argument: string): string | undefined {
  const [flag = ""] = argument.replaceAll("_", "-").split("=");
  if (!/^--./.test(flag)) return undefined;
  return Object.hasOwn(OWNED, flag) ? flag : Object.keys(OWNED).find((owned) => owned.startsWith(flag));
}

const item = text((value) => !/^-{0,2}$/.test(value), {
  expected: "an argument of vllm serve, a flag or its value",
  example: "--max-model-len",
});

const argument: Check<string> = (value, path, faults) => {
  const result = item(value, path, faults);
  const flag = ownedFlag(result);
  if (flag !== undefined) {
    const setting = OWNED[flag];
    const owner = setting === undefined ? "the stack" : path.replace(/engine\.args\[\d+\]$/, setting);
    const cure = setting === undefined ? "remove it" : `remove it and set ${owner}`;
    faults.push(faultLine(path, value, { expected: `no ${flag}, which ${owner} decides on`, cure }));
  }
  return result;
};

/** Further arguments of `vllm serve`. A fault names the flag that the stack owns, and the setting to use instead. */
export const vllmArgs: Check<readonly string[]> = where(
  list(argument, {
    expected: "a list of arguments of vllm serve, each flag and each value an item of its own",
    cure: 'write it as ["--max-model-len", "8192"]',
  }),
  ([first]) => first === undefined || first.startsWith("-"),
  {
    expected: "a flag first, because the model is engine.modelSource",
    cure: 'write it as ["--max-model-len", "8192"]',
  },
);
