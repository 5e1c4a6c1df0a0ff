import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lastEvent, logTails } from "../../../sandbox/pulumi-plugins/await/namespace-problems.ts";
import { chooseCluster } from "../../../sandbox/pulumi-plugins/kubernetes/kubeconfig.ts";
import { KubernetesApi } from "../../../sandbox/pulumi-plugins/kubernetes/kubernetes-api.ts";
import type { PropertyMap } from "../../../sandbox/pulumi-plugins/rpc/property-values.ts";
import { startFakeApiServer } from "./fake-api-server.ts";
import type { FakeApiServer } from "./fake-api-server.ts";

const PODS = "GET /api/v1/namespaces/prod/pods";
const ended = { terminated: { exitCode: 1, reason: "Error" } };
const removed = "unable to retrieve container logs for containerd://4f1c";
const log = (pod: string, previous: boolean): string =>
  `${PODS}/${pod}/log?container=main&tailLines=5&previous=${previous}`;
const event = (reason: string, time: object): object => ({ reason, message: "no volume ", ...time });

let server: FakeApiServer;
let api: KubernetesApi;

beforeAll(async () => {
  server = await startFakeApiServer({
    [log("ended", true)]: { body: removed },
    [log("ended", false)]: { body: "loading\nno model\n" },
    [log("again", true)]: { body: '{"error":"no model"}\n' },
    [log("again", false)]: { body: "loading\n" },
    [log("moved", true)]: { status: 400, body: { message: "previous terminated container not found" } },
    [log("moved", false)]: { body: "no model\n" },
    [log("removed", true)]: { body: removed },
    [log("removed", false)]: { body: removed },
    "GET /api/v1/namespaces/prod/events?fieldSelector=involvedObject.uid%3D7": {
      body: {
        items: [
          event("FailedBinding", { lastTimestamp: "2026-01-01T00:00:09Z" }),
          event("Older", { lastTimestamp: null, eventTime: "2026-01-01T00:00:01.5Z" }),
        ],
      },
    },
    "GET /api/v1/namespaces/prod/events": { body: { items: [] } },
  });
  api = new KubernetesApi(await chooseCluster({ kubeconfig: server.kubeconfig }, {}), new AbortController().signal);
});
afterAll(() => {
  server.close();
});

describe("the last words of a container", () => {
  const pod = (name: string, state: PropertyMap, lastState: PropertyMap): PropertyMap => ({
    metadata: { name, namespace: "prod" },
    status: { containerStatuses: [{ name: "main", ready: false, state, lastState }] },
  });
  const running = { running: {} };

  test.each<[string, PropertyMap, string]>([
    ["that ended are its own", pod("ended", ended, ended), "loading\n    no model"],
    ["that runs again are those before, also one line of JSON", pod("again", running, ended), '{"error":"no model"}'],
    ["that changed meanwhile are those there are", pod("moved", running, ended), "no model"],
  ])("%s", async (_, live, lines) => {
    const [tail] = await logTails(api, [live]);
    expect(tail?.split(":\n    ")[1]).toBe(lines);
  });

  test("are left out when they are gone, or when it only cannot start", async () => {
    const unpulled = pod("unpulled", { waiting: { reason: "ErrImagePull" } }, {});
    expect(await logTails(api, [pod("removed", ended, {}), unpulled])).toEqual([]);
  });
});

describe("the last event of an object", () => {
  const claim = (uid: string): PropertyMap => ({ metadata: { namespace: "prod", name: "models", uid } });

  test("is the newest, whatever field its time is in", async () => {
    expect(await lastEvent(api, claim("7"))).toEqual(["FailedBinding: no volume"]);
  });

  test("is nothing when nothing was said", async () => {
    expect(await lastEvent(api, claim("8"))).toEqual([]);
  });
});
