import { beforeAll, describe, expect, it } from "vitest";
import { type Config, faultsOf, V1, V2 } from "./config-fixture.ts";
import { mockEngine } from "./mocks.ts";

const CANARY = "versions[1]";

beforeAll(async () => {
  await mockEngine();
});

const canary = (fields: Config): Config => ({ versions: [V1, { ...V2, ...fields }] });
const set = (path: string, example: string): string => `Fix: pulumi config set --path '${path}' ${example}`;

const DIGEST_RULE = "by digest, repository[:tag]@sha256:<64 hex digits>";
const KEY = "1 to 63 letters, digits, -, _ or ., with an optional domain and / before them";
const VALUE = "1 to 63 letters, digits, -, _ or ., the first and the last one a letter or digit";

describe("pure: one fault of a version, one line", () => {
  it.each<[string, Config, string]>([
    [
      "service image by tag",
      canary({ image: "service:v1" }),
      `${CANARY}.image is "service:v1"; expected an image of the service ${DIGEST_RULE}. ` +
        set(`${CANARY}.image`, "REPOSITORY@sha256:DIGEST"),
    ],
    [
      "no waiting requests",
      canary({ replicas: { waitingRequests: 0 } }),
      `${CANARY}.replicas.waitingRequests is 0; expected an integer of at least 1 (requests waiting in a pod). ` +
        set(`${CANARY}.replicas.waitingRequests`, "8"),
    ],
    [
      "illegal label key",
      canary({ nodeSelector: { "a b": "c" } }),
      `${CANARY}.nodeSelector is {"a b":"c"}; expected an object of node labels, each with a key of ${KEY}. ` +
        "Fix: pick labels of `kubectl get nodes --show-labels`",
    ],
    [
      "illegal label value",
      canary({ nodeSelector: { pool: "-x" } }),
      `${CANARY}.nodeSelector["pool"] is "-x"; expected the value of a node's label, ${VALUE}. ` +
        set(`${CANARY}.nodeSelector["pool"]`, "VALUE"),
    ],
    [
      "toleration without key",
      canary({ tolerations: [{}] }),
      `${CANARY}.tolerations[0].key is not set; expected the key of a taint, ${KEY}. ` +
        set(`${CANARY}.tolerations[0].key`, "nvidia.com/gpu"),
    ],
    [
      "tolerations as an object",
      canary({ tolerations: { key: "gpu" } }),
      `${CANARY}.tolerations is {"key":"gpu"}; expected a list of tolerations, each with at least key. ` +
        "Fix: see the taints of your nodes by `kubectl describe nodes`, then list them as [{key: KEY}]",
    ],
    [
      "toleration with a value it ignores",
      canary({ tolerations: [{ key: "gpu", value: "a100" }] }),
      `${CANARY}.tolerations[0].value is "a100"; expected no value for the operator Exists. ` +
        "Fix: remove it, or set operator to Equal",
    ],
    [
      "toleration without the value it needs",
      canary({ tolerations: [{ key: "gpu", operator: "Equal" }] }),
      `${CANARY}.tolerations[0].value is not set; expected a value for the operator Equal. ` +
        "Fix: set it, or set operator to Exists",
    ],
    [
      "toleration of an unknown effect",
      canary({ tolerations: [{ key: "gpu", effect: "Never" }] }),
      `${CANARY}.tolerations[0].effect is "Never"; expected NoSchedule or PreferNoSchedule or NoExecute. ` +
        set(`${CANARY}.tolerations[0].effect`, "NoSchedule"),
    ],
  ])("%s", (_, config, line) => {
    expect(faultsOf(config)).toEqual([line]);
  });
});
