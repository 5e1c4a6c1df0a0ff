import type { Toleration, Version } from "../components/version-settings.ts";
import { type Check, matching, oneOf, optional } from "./checks.ts";
import { list, object, record } from "./collections.ts";
import { consistent } from "./contradictions.ts";

const NAME = "[A-Za-z0-9]([\\w.-]{0,61}[A-Za-z0-9])?";
const LABEL_KEY = new RegExp(`^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?${NAME}$`);

/** A legal value of a Kubernetes label, except for the empty one. */
export const LABEL_VALUE = new RegExp(`^${NAME}$`);

const KEY = "1 to 63 letters, digits, -, _ or ., with an optional domain and / before them";
const VALUE = "1 to 63 letters, digits, -, _ or ., the first and the last one a letter or digit";

/** Labels of the nodes on which the pods may run. */
export const nodeSelector: Check<Version["nodeSelector"]> = record(
  (key) => LABEL_KEY.test(key),
  matching(LABEL_VALUE, { expected: `the value of a node's label, ${VALUE}` }),
  {
    expected: `an object of node labels, each with a key of ${KEY}`,
    cure: "pick labels of `kubectl get nodes --show-labels`",
  },
);

const toleration = consistent(
  object<Toleration>({
    key: matching(LABEL_KEY, { expected: `the key of a taint, ${KEY}`, example: "nvidia.com/gpu" }),
    operator: oneOf(["Exists", "Equal"]),
    value: optional(matching(LABEL_VALUE, { expected: `the value of a taint, ${VALUE}` })),
    effect: optional(oneOf(["NoSchedule", "PreferNoSchedule", "NoExecute"])),
  }),
  ({ operator, value }) => [
    (operator === "Equal") !== (value !== undefined) && {
      field: ".value",
      value,
      expected: operator === "Equal" ? "a value for the operator Equal" : "no value for the operator Exists",
      cure: operator === "Equal" ? "set it, or set operator to Exists" : "remove it, or set operator to Equal",
    },
  ],
);

/** Taints of nodes on which the pods may run nevertheless. */
export const tolerations: Check<Version["tolerations"]> = list(toleration, {
  expected: "a list of tolerations, each with at least key",
  cure: "see the taints of your nodes by `kubectl describe nodes`, then list them as [{key: KEY}]",
});
