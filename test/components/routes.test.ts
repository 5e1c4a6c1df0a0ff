import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canaryRoutes, type TrafficSplit } from "../../components/routes.ts";
import { bucketBelow } from "../../components/sticky-cookie.ts";

const HOST = "vllm-service.llm.svc.cluster.local";
const SPLIT: TrafficSplit = { stable: "v1", canary: "v2", canaryWeight: 30, stickiness: undefined };
const DELIVERY = { retries: { attempts: 2, retryOn: "connect-failure,refused-stream" } };
const BY_HEADER = {
  name: "ab-test",
  match: [{ headers: { "x-ab-test": { exact: "v2" } } }],
  route: [{ destination: { host: HOST, subset: "v2" } }],
  ...DELIVERY,
};
const weights = fc.integer({ min: 0, max: 100 });
const buckets = fc.integer({ min: 0, max: 99 });

const sticky = (canaryWeight: number): TrafficSplit => ({ ...SPLIT, canaryWeight, stickiness: { isSecure: false } });

/** Name of the route that a request with that Cookie header takes, as Envoy decides: whole header, first match. */
function routeOf(canaryWeight: number, cookie: string): string | undefined {
  const taken = canaryRoutes(HOST, sticky(canaryWeight)).find(({ name, match }) => {
    const regex = match?.[0]?.headers?.["cookie"]?.regex;
    return name === "weighted" || (regex !== undefined && new RegExp(`^(?:${regex})$`).test(cookie));
  });
  return taken?.name;
}

const ours = (bucket: number): string => `vllm-version-bucket=${String(bucket).padStart(2, "0")}`;

describe("pure: routes without stickiness", () => {
  it.each([
    [0, 100],
    [30, 70],
    [100, 0],
  ])("at weight %i the header still wins and both subsets stay", (canaryWeight, rest) => {
    expect(canaryRoutes(HOST, { ...SPLIT, canaryWeight })).toEqual([
      BY_HEADER,
      {
        name: "weighted",
        route: [
          { destination: { host: HOST, subset: "v1" }, weight: rest },
          { destination: { host: HOST, subset: "v2" }, weight: canaryWeight },
        ],
        ...DELIVERY,
      },
    ]);
  });
});

describe("property: weights", () => {
  it.each([undefined, { isSecure: true }])(
    "are integers of at least 0 that sum to 100, stickiness %j",
    (stickiness) => {
      fc.assert(
        fc.property(weights, (canaryWeight) => {
          const draw = canaryRoutes(HOST, { ...SPLIT, canaryWeight, stickiness }).at(-1)?.route ?? [];
          const shareOf = (version: string): number =>
            draw
              .filter(({ destination }) => destination.subset === version)
              .reduce((sum, { weight = NaN }) => sum + weight, 0);
          expect([shareOf("v1"), shareOf("v2")]).toEqual([100 - canaryWeight, canaryWeight]);
          expect(draw.every(({ weight = NaN }) => Number.isInteger(weight) && weight >= 0)).toBe(true);
        }),
      );
    },
  );
});

describe("pure: routes of sticky clients", () => {
  it("try the header, then the canary's buckets, then the others, then the draw", () => {
    const byCookie = (name: string, buckets: string, subset: string) => ({
      name,
      match: [{ headers: { cookie: { regex: `(.*;\\s*)?vllm-version-bucket=(${buckets})(\\s*;.*)?` } } }],
      route: [{ destination: { host: HOST, subset } }],
      ...DELIVERY,
    });
    const routes = canaryRoutes(HOST, sticky(37));
    expect(routes.slice(0, 3)).toEqual([
      BY_HEADER,
      byCookie("sticky-canary", "[0-2][0-9]|3[0-6]", "v2"),
      byCookie("sticky-stable", "[0-9][0-9]", "v1"),
    ]);
    expect(routes.map(({ name }) => name)).toEqual(["ab-test", "sticky-canary", "sticky-stable", "weighted"]);
  });

  it("draw a new client's bucket and hand it out", () => {
    const draw = canaryRoutes(HOST, sticky(37)).at(-1)?.route ?? [];
    const drawn = (bucket: string, subset: string) => ({
      destination: { host: HOST, subset },
      weight: 1,
      headers: {
        response: {
          add: { "set-cookie": `vllm-version-bucket=${bucket}; Max-Age=2592000; Path=/; HttpOnly; SameSite=Lax` },
        },
      },
    });
    expect(draw).toHaveLength(100);
    expect([draw[0], draw[36], draw[37], draw[99]]).toEqual([
      drawn("00", "v2"),
      drawn("36", "v2"),
      drawn("37", "v1"),
      drawn("99", "v1"),
    ]);
  });

  it("keep the cookie to TLS where there is TLS", () => {
    const [first] = canaryRoutes(HOST, { ...SPLIT, stickiness: { isSecure: true } }).at(-1)?.route ?? [];
    expect(first?.headers?.response?.add?.["set-cookie"]).toMatch(/; SameSite=Lax; Secure$/);
  });

  it("have no canary route at weight 0", () => {
    expect(canaryRoutes(HOST, sticky(0)).map(({ name }) => name)).toEqual(["ab-test", "sticky-stable", "weighted"]);
  });
});

describe("property: the cookie", () => {
  const other = fc.oneof(
    fc.stringMatching(/^[a-z]{1,8}=[\w%-]{0,12}$/),
    fc.stringMatching(/^[a-z-]{1,4}vllm-version-bucket=[0-9]{2}$/),
    fc.stringMatching(/^[a-z]{1,8}=vllm-version-bucket=[0-9]{2}$/),
  );
  const others = fc.array(other, { maxLength: 3 });

  it("sends a bucket below the weight to the canary and any other to stable, among all cookies", () => {
    fc.assert(
      fc.property(weights, buckets, others, others, (weight, bucket, before, after) => {
        const cookie = [...before, ours(bucket), ...after].join("; ");
        expect(routeOf(weight, cookie)).toBe(bucket < weight ? "sticky-canary" : "sticky-stable");
      }),
    );
  });

  it("moves with another weight exactly the buckets between", () => {
    fc.assert(
      fc.property(weights, weights, (from, to) => {
        const all = Array.from({ length: 100 }, (_, bucket) => bucket);
        const moved = all.filter((bucket) => routeOf(from, ours(bucket)) !== routeOf(to, ours(bucket)));
        expect(moved).toEqual(all.slice(Math.min(from, to), Math.max(from, to)));
      }),
    );
  });

  it("parts the buckets at each weight", () => {
    for (let limit = 1; limit <= 100; limit++) {
      const regex = new RegExp(`^(?:${bucketBelow(limit)})$`);
      const found = Array.from({ length: 100 }, (_, bucket) => bucket).filter((bucket) => regex.test(ours(bucket)));
      expect(found).toEqual(Array.from({ length: limit }, (_, bucket) => bucket));
    }
  });

  it("that is of none but others is drawn anew", () => {
    fc.assert(
      fc.property(weights, others, (weight, cookies) => {
        expect(routeOf(weight, cookies.join("; "))).toBe("weighted");
      }),
    );
  });

  it.each([
    "vllm-version-bucket=7",
    "vllm-version-bucket=100",
    "vllm-version-bucket=",
    "vllm-version-bucket=ab",
    "x-vllm-version-bucket=07",
    "",
  ])("that is none of ours, %j, is drawn anew", (cookie) => {
    expect(routeOf(50, cookie)).toBe("weighted");
  });
});
