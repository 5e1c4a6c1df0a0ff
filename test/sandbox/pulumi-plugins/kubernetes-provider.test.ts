import { credentials } from "@grpc/grpc-js";
import kubernetesSdk from "@pulumi/kubernetes/package.json" with { type: "json" };
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import type { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb.js";
import type * as pb from "@pulumi/pulumi/proto/provider_pb.js";
import empties from "google-protobuf/google/protobuf/empty_pb.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { asString, fromStruct, toStruct, UNKNOWN } from "../../../sandbox/pulumi-plugins/rpc/property-values.ts";
import type { PropertyMap } from "../../../sandbox/pulumi-plugins/rpc/property-values.ts";
import { startFakeApiServer } from "./fake-api-server.ts";
import type { FakeApiServer } from "./fake-api-server.ts";
import { ask, startPlugin } from "./plugin-process.ts";
import type { RunningPlugin } from "./plugin-process.ts";

const ADVICE = 'Where it can be downloaded, the official plugin does it: "pulumi plugin install resource kubernetes".';
const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
const configMap = (name: string, manager: string): PropertyMap => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "default", uid: "7", managedFields: [{ manager }] },
  data: { a: "1" },
});
const conflict = { reason: "FieldManagerConflict", message: 'conflict with "kubectl-edit" using v1', field: ".data.a" };

let api: FakeApiServer;
let plugin: RunningPlugin;
let client: InstanceType<typeof services.ResourceProviderClient>;

beforeAll(async () => {
  api = await startFakeApiServer({
    "GET /api/v1": { body: { resources: [{ name: "configmaps", kind: "ConfigMap", namespaced: true }] } },
    [`GET ${CONFIG_MAPS}/foreign`]: { body: configMap("foreign", "kubectl") },
    [`GET ${CONFIG_MAPS}/ours`]: { body: configMap("ours", "pulumi-kubernetes-1") },
    [`PATCH ${CONFIG_MAPS}/fresh`]: { body: configMap("fresh", "x") },
    [`PATCH ${CONFIG_MAPS}/edited`]: { status: 409, body: { reason: "Conflict", details: { causes: [conflict] } } },
    [`PATCH ${CONFIG_MAPS}/homeless`]: { status: 404, body: { reason: "NotFound", details: { kind: "namespaces" } } },
  });
  plugin = await startPlugin("pulumi-resource-kubernetes");
  client = new services.ResourceProviderClient(plugin.address, credentials.createInsecure());
});
afterAll(async () => {
  client.close();
  api.close();
  expect(await plugin.stop()).toBe(0);
});

async function checkConfig(options: PropertyMap): Promise<[string, string][]> {
  const request = new messages.CheckRequest().setNews(toStruct(options));
  const response = await ask<pb.CheckResponse>((done) => client.checkConfig(request, done));
  return response.getFailuresList().map((failure) => [failure.getProperty(), failure.getReason()]);
}

describe("before it is configured", () => {
  test("it reports the version of the SDK", async () => {
    const info = await ask<PluginInfo>((done) => client.getPluginInfo(new empties.Empty(), done));
    expect(info.getVersion()).toBe(kubernetesSdk.version);
  });

  test("it refuses options it cannot honour and contexts that do not exist", async () => {
    expect(await checkConfig({ kubeconfig: api.kubeconfig })).toEqual([]);
    expect(await checkConfig({ renderYamlToDirectory: "x" })).toEqual([
      [
        "renderYamlToDirectory",
        `the provider option "renderYamlToDirectory" is not supported by this stand-in for the Kubernetes plugin. ${ADVICE}`,
      ],
    ]);
    expect(await checkConfig({ kubeconfig: api.kubeconfig, context: "nope" })).toEqual([
      ["context", 'the context "nope" is not in the kubeconfig given to the provider; its contexts are fake'],
    ]);
  });

  test("it names functions and components it does not have", async () => {
    const invoke = ask<pb.InvokeResponse>((done) =>
      client.invoke(new messages.InvokeRequest().setTok("kubernetes:yaml:decode"), done),
    );
    await expect(invoke).rejects.toThrow('"kubernetes:yaml:decode" is not supported: this is a stand-in');
    const type = "kubernetes:helm.sh/v4:Chart";
    const construct = ask<pb.ConstructResponse>((done) =>
      client.construct(new messages.ConstructRequest().setType(type), done),
    );
    await expect(construct).rejects.toThrow('"kubernetes:helm.sh/v4:Chart" is not supported: this is a stand-in');
  });
});

describe("with a cluster", () => {
  const type = "kubernetes:core/v1:ConfigMap";
  const inputs = (name: string): PropertyMap => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: "default" },
    data: { a: "1" },
  });

  async function create(values: PropertyMap, preview: boolean): Promise<{ id: string; outputs: PropertyMap }> {
    const request = new messages.CreateRequest().setUrn("urn:x::a").setType(type).setPreview(preview);
    const response = await ask<pb.CreateResponse>((done) =>
      client.create(request.setProperties(toStruct(values)), done),
    );
    return { id: response.getId(), outputs: fromStruct(response.getProperties()) };
  }

  beforeAll(async () => {
    const request = new messages.ConfigureRequest().setArgs(toStruct({ kubeconfig: api.kubeconfig }));
    const response = await ask<pb.ConfigureResponse>((done) => client.configure(request, done));
    expect(response.getSupportspreview()).toBe(true);
  });

  test("it creates an object with strict server-side apply", async () => {
    const { id, outputs } = await create(inputs("fresh"), false);
    expect(id).toBe("default/fresh");
    expect(outputs).toEqual({
      ...inputs("fresh"),
      metadata: { name: "fresh", namespace: "default", uid: "7" },
      __inputs: inputs("fresh"),
      __initialApiVersion: "v1",
      __fieldManager: outputs["__fieldManager"],
    });
    const manager = asString(outputs["__fieldManager"]);
    expect(manager).toMatch(/^pulumi-kubernetes-[0-9a-f]{8}$/);
    expect(api.requests.at(-1)).toBe(
      `PATCH ${CONFIG_MAPS}/fresh?fieldManager=${manager}&fieldValidation=Strict&force=false`,
    );
  });

  test("a preview tries the creation out and leaves open what only it decides", async () => {
    const { id, outputs } = await create(inputs("fresh"), true);
    expect(id).toBe("");
    expect(outputs["metadata"]).toEqual({
      ...{ name: "fresh", namespace: "default" },
      ...{ uid: UNKNOWN, resourceVersion: UNKNOWN, creationTimestamp: UNKNOWN },
    });
    expect(api.requests.at(-1)?.endsWith("&fieldValidation=Strict&force=false&dryRun=All")).toBe(true);
  });

  test("it does not adopt an object it did not make", async () => {
    const message =
      'ConfigMap "default/foreign" (v1) already exists and does not belong to this resource. Delete it, choose ' +
      "another metadata.name, or adopt it with the resource option `import` or `pulumi import`.";
    await expect(create(inputs("foreign"), false)).rejects.toThrow(message);
    await expect(create(inputs("foreign"), true)).rejects.toThrow(message);
    await expect(create(inputs("ours"), false)).rejects.toThrow('ConfigMap "default/ours" (v1) already exists');
  });

  test.each([
    ["an object of Pulumi that is being replaced", inputs("ours")],
    ["a namespace that is yet to come", inputs("homeless")],
    ["values that are not known yet", { ...inputs("fresh"), data: { a: UNKNOWN } }],
  ])("a preview passes over %s", async (_, values) => {
    expect((await create(values, true)).outputs["data"]).toEqual(values["data"]);
  });

  test("an update names who owns the fields it wants", async () => {
    const request = new messages.UpdateRequest().setId("default/edited").setUrn("urn:x::a").setType(type);
    const update = ask<pb.UpdateResponse>((done) => client.update(request.setNews(toStruct(inputs("edited"))), done));
    await expect(update).rejects.toThrow('.data.a is managed by "kubectl-edit" using v1');
  });

  test("a refresh finds drift, and nothing where the object is gone", async () => {
    const read = async (name: string): Promise<{ id: string; inputs: PropertyMap }> => {
      const recorded = { ...configMap(name, "x"), data: { a: "0" }, __inputs: inputs(name) };
      const request = new messages.ReadRequest().setId(`default/${name}`).setUrn("urn:x::a").setType(type);
      request.setInputs(toStruct({ ...inputs(name), data: { a: "0" } })).setProperties(toStruct(recorded));
      const response = await ask<pb.ReadResponse>((done) => client.read(request, done));
      return { id: response.getId(), inputs: fromStruct(response.getInputs()) };
    };
    expect(await read("ours")).toEqual({ id: "default/ours", inputs: inputs("ours") });
    expect(await read("gone")).toEqual({ id: "", inputs: {} });
  });

  test("a deletion of what is gone succeeds", async () => {
    const request = new messages.DeleteRequest().setId("default/gone").setUrn("urn:x::a").setType(type);
    await expect(ask<empties.Empty>((done) => client.delete(request, done))).resolves.toEqual(new empties.Empty());
  });
});
