/**
 * A stand-in for the plugin `pulumi-resource-kubernetes`, for machines where the official one cannot be downloaded.
 *
 * It serves the same contract to a program that uses @pulumi/kubernetes for single Kubernetes objects and Helm
 * releases, and refuses everything else in clear words. The engine starts it with its own address as the argument.
 */
import { createRequire } from "node:module";
import plugins from "@pulumi/pulumi/proto/plugin_pb.js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import type * as pb from "@pulumi/pulumi/proto/provider_pb.js";
import empties from "google-protobuf/google/protobuf/empty_pb.js";
import { ReleaseHandler } from "./helm/release-handler.ts";
import { changesBetween, formatPath } from "./kubernetes/changes.ts";
import { chooseCluster } from "./kubernetes/kubeconfig.ts";
import { KubernetesApi } from "./kubernetes/kubernetes-api.ts";
import { ObjectHandler } from "./kubernetes/object-handler.ts";
import type { ProviderContext } from "./kubernetes/provider-context.ts";
import { checkSettings, movingOptions, parseSettings } from "./kubernetes/provider-settings.ts";
import type { ResourceHandler } from "./kubernetes/resource-handler.ts";
import { HELM_RELEASE, unsupportedType } from "./kubernetes/resource-type.ts";
import { EngineLog } from "./rpc/engine-log.ts";
import { UnimplementedError } from "./rpc/initialization-error.ts";
import { engineAddressOf, servePlugin, unary } from "./rpc/plugin-server.ts";
import { fromStruct } from "./rpc/property-values.ts";
import * as resources from "./rpc/resource-service.ts";

const { version } = createRequire(import.meta.url)("@pulumi/kubernetes/package.json") as { version: string };
const cancelled = new AbortController();
let log = new EngineLog(engineAddressOf(process.argv.slice(2)));
let handlers: { readonly objects: ObjectHandler; readonly releases: ReleaseHandler } | undefined;

function handlerOf(request: { getType(): string }): ResourceHandler {
  if (handlers === undefined) throw new Error("the provider was asked for a resource before it was configured");
  return request.getType() === HELM_RELEASE ? handlers.releases : handlers.objects;
}

async function configure(request: pb.ConfigureRequest): Promise<pb.ConfigureResponse> {
  const settings = parseSettings(fromStruct(request.getArgs()));
  const cluster = await chooseCluster(settings.cluster, process.env);
  const context: ProviderContext = {
    api: new KubernetesApi(cluster, cancelled.signal),
    namespace: settings.namespace ?? cluster.namespace ?? "default",
    mutable: settings.mutable,
    patchForce: settings.patchForce,
    log,
    signal: cancelled.signal,
  };
  handlers?.releases.dispose();
  handlers = { objects: new ObjectHandler(context), releases: new ReleaseHandler(context) };
  const response = new messages.ConfigureResponse();
  return response.setAcceptsecrets(true).setSupportspreview(true).setSupportsAutonamingConfiguration(true);
}

async function diffConfig(request: pb.DiffRequest): Promise<pb.DiffResponse> {
  const [before, after] = [fromStruct(request.getOldInputs() ?? request.getOlds()), fromStruct(request.getNews())];
  const names = changesBetween(before, after).map(({ path }) => formatPath(path));
  const { DIFF_SOME, DIFF_NONE } = messages.DiffResponse.DiffChanges;
  const response = new messages.DiffResponse();
  response.setChanges(names.length > 0 ? DIFF_SOME : DIFF_NONE).setDiffsList(names);
  return response.setReplacesList(await movingOptions(before, after, process.env));
}

function handshake(request: pb.ProviderHandshakeRequest): pb.ProviderHandshakeResponse {
  log = new EngineLog(request.getEngineAddress());
  const response = new messages.ProviderHandshakeResponse();
  return response.setAcceptSecrets(true).setSupportsAutonamingConfiguration(true);
}

function stop(): empties.Empty {
  cancelled.abort();
  return new empties.Empty();
}

function refuse(what: string): never {
  throw new UnimplementedError(unsupportedType(what));
}

await servePlugin(
  services.ResourceProviderService,
  {
    handshake: unary(handshake),
    getPluginInfo: unary(() => new plugins.PluginInfo().setVersion(version)),
    getSchema: unary(() => new messages.GetSchemaResponse().setSchema("{}")),
    attach: unary((request: plugins.PluginAttach) => {
      log = new EngineLog(request.getAddress());
      return new empties.Empty();
    }),
    checkConfig: unary(async (request: pb.CheckRequest) =>
      resources.checkResponse(request, await checkSettings(fromStruct(request.getNews()), process.env)),
    ),
    diffConfig: unary(diffConfig),
    configure: unary(configure),
    check: unary((request: pb.CheckRequest) => resources.check(handlerOf(request), request)),
    diff: unary((request: pb.DiffRequest) => resources.diff(handlerOf(request), request)),
    create: unary((request: pb.CreateRequest) => resources.create(handlerOf(request), request)),
    update: unary((request: pb.UpdateRequest) => resources.update(handlerOf(request), request)),
    read: unary((request: pb.ReadRequest) => resources.read(handlerOf(request), request)),
    delete: unary(async (request: pb.DeleteRequest) => {
      await resources.remove(handlerOf(request), request);
      return new empties.Empty();
    }),
    cancel: unary(stop),
    invoke: unary((request: pb.InvokeRequest) => refuse(request.getTok())),
    call: unary((request: pb.CallRequest) => refuse(request.getTok())),
    construct: unary((request: pb.ConstructRequest) => refuse(request.getType())),
  },
  () => {
    cancelled.abort();
    handlers?.releases.dispose();
  },
);

// The first configuration needs this module, which takes most of a second to load: begin while the engine is busy.
void import("@kubernetes/client-node");
