import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { METRICS } from "../app/metric-catalogue.ts";
import { observability, observabilityFaults } from "../config/observability.ts";
import { monitoring } from "../config/monitoring.ts";
import { OBJECTIVES } from "./components/objectives-fixture.ts";
import { faultsOf } from "./config-fixture.ts";
import { mockEngine } from "./mocks.ts";

const DEFAULTS = {
  objectives: OBJECTIVES,
  runbookUrl: undefined,
  links: { logs: undefined, traces: undefined, kiali: undefined },
  receiver: undefined,
};
const SECRET_CURE = "Fix: pulumi config set --secret alertReceiverSecret";

function read(value: unknown): { value: unknown; faults: string[] } {
  const faults: string[] = [];
  return { value: observability(value, "observability", faults), faults };
}

beforeAll(async () => {
  await mockEngine();
});

describe("pure: settings of what is watched", () => {
  it.each([undefined, null, {}, "{}"])("have defaults when given as %j", (value) => {
    expect(read(value)).toEqual({ value: DEFAULTS, faults: [] });
  });

  it("take their own values, as numbers or text", () => {
    const own = {
      objectives: {
        availabilityPercent: 99.95,
        timeToFirstToken: { seconds: 1, percent: 99 },
        tokenLatency: { seconds: 0.05, percent: 94 },
      },
      runbookUrl: "https://git.example.com/llm/docs/runbooks",
      links: { logs: "https://logs.example.com", traces: "https://traces.example.com", kiali: "http://kiali:20001" },
      receiver: "slack",
    };
    expect(read(own)).toEqual({ value: own, faults: [] });
    const text = { ...own.objectives, availabilityPercent: "99.95", tokenLatency: { seconds: "0.05", percent: "94" } };
    expect(read({ ...own, objectives: text })).toEqual({ value: own, faults: [] });
  });

  it.each(METRICS.timeToFirstToken.buckets)("take %f s as the objective of the first token", (seconds) => {
    expect(read({ objectives: { timeToFirstToken: { seconds } } }).faults).toEqual([]);
  });

  it.each(METRICS.tokenLatency.buckets)("take %f s as the objective between tokens", (seconds) => {
    expect(read({ objectives: { tokenLatency: { seconds } } }).faults).toEqual([]);
  });

  it.each([
    ["timeToFirstToken", METRICS.timeToFirstToken.buckets, 2.5],
    ["tokenLatency", METRICS.tokenLatency.buckets, 0.1],
  ] as const)("refuse a %s between two buckets, of which nothing is known", (name, buckets, example) => {
    const path = `observability.objectives.${name}.seconds`;
    expect(read({ objectives: { [name]: { seconds: 0.12 } } }).faults).toEqual([
      `${path} is 0.12; expected one of ${buckets.join(", ")} (seconds). Fix: pulumi config set --path '${path}' ${example}`,
    ]);
  });

  it.each([93.9, 100, "99,5", "1e2", true, -1])("refuse an availability of %j percent", (value) => {
    const path = "observability.objectives.availabilityPercent";
    expect(read({ objectives: { availabilityPercent: value } }).faults).toEqual([
      `${path} is ${JSON.stringify(value)}; expected a number from 94 to below 100. Fix: pulumi config set --path '${path}' 99.5`,
    ]);
  });

  it("refuse an unknown receiver and a link that is no address", () => {
    expect(read({ receiver: "e-mail", links: { kiali: "kiali" } }).faults).toEqual([
      'observability.links.kiali is "kiali"; expected an http:// or https:// address. ' +
        "Fix: pulumi config set --path 'observability.links.kiali' VALUE",
      'observability.receiver is "e-mail"; expected webhook or slack or pagerduty. ' +
        "Fix: pulumi config set --path 'observability.receiver' webhook",
    ]);
  });
});

describe("pure: settings of the watching that go together", () => {
  const choices = (own: object, installed: object, secret?: string) => ({
    monitoring: monitoring(installed, "monitoring", []),
    observability: observability(own, "observability", []),
    alertReceiverSecret: secret === undefined ? undefined : pulumi.secret(secret),
  });

  it.each([
    [{}, {}, undefined],
    [{}, { install: false, operator: true }, undefined],
    [{ receiver: "webhook" }, {}, "https://hooks.example.com"],
    [{ receiver: "webhook" }, { install: false, operator: true }, "https://hooks.example.com"],
  ])("may be %j with monitoring %j and the secret %j", (own, installed, secret) => {
    expect(observabilityFaults(choices(own, installed, secret))).toEqual([]);
  });

  it("refuse to do without the operator that is installed", () => {
    expect(observabilityFaults(choices({}, { operator: false }))).toEqual([
      "monitoring.operator is false; expected no false where monitoring is installed, which brings an operator. " +
        "Fix: pulumi config rm --path 'monitoring.operator'",
    ]);
  });

  it("refuse a receiver without its secret, and the secret without a receiver", () => {
    expect(observabilityFaults(choices({ receiver: "slack" }, {}))).toEqual([
      `alertReceiverSecret is not set; expected the address or key of the receiver slack. ${SECRET_CURE}`,
    ]);
    expect(observabilityFaults(choices({}, {}, "https://hooks.example.com"))).toEqual([
      "observability.receiver is not set; expected webhook, slack or pagerduty beside alertReceiverSecret. " +
        "Fix: pulumi config set --path 'observability.receiver' webhook",
    ]);
  });

  it("refuse a receiver where there is no operator to tell", () => {
    const faults = observabilityFaults(choices({ receiver: "slack" }, { install: false }, "https://hooks.example.com"));
    expect(faults).toEqual([
      'observability.receiver is "slack"; expected no receiver without a Prometheus Operator. ' +
        "Fix: pulumi config set --path 'monitoring.operator' true, where there is one",
    ]);
  });

  it("are checked by the program, which refuses a secret in plain text", () => {
    expect(faultsOf({ alertReceiverSecret: "https://hooks.example.com" })).toEqual([
      `alertReceiverSecret is stored in plain text; expected a secret. ${SECRET_CURE}`,
    ]);
  });
});
