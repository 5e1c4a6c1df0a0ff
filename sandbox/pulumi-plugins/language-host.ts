/**
 * A stand-in for the plugin `pulumi-language-nodejs`, for machines where the official one cannot be downloaded.
 *
 * It runs a program the way the official host does: with the runner of the program's own @pulumi/pulumi.
 */
import services from "@pulumi/pulumi/proto/language_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/language_pb.js";
import type * as pb from "@pulumi/pulumi/proto/language_pb.js";
import plugins from "@pulumi/pulumi/proto/plugin_pb.js";
import empties from "google-protobuf/google/protobuf/empty_pb.js";
import { installedDependencies, sdkVersion } from "./language/dependencies.ts";
import { runPolicyPack } from "./language/run-plugin.ts";
import { runProgram } from "./language/run-program.ts";
import type { Program } from "./language/run-program.ts";
import { UnimplementedError } from "./rpc/initialization-error.ts";
import { engineAddressOf, servePlugin, unary } from "./rpc/plugin-server.ts";
import { fromStruct } from "./rpc/property-values.ts";

const cancelled = new AbortController();
let engineAddress = engineAddressOf(process.argv.slice(2)) ?? "";

function programOf(request: pb.RunRequest): Program {
  const info = request.getInfo();
  return {
    monitor: request.getMonitorAddress(),
    engine: engineAddress,
    organization: request.getOrganization(),
    project: request.getProject(),
    stack: request.getStack(),
    rootDirectory: info?.getRootDirectory() ?? "",
    directory: info?.getProgramDirectory() ?? request.getPwd(),
    entryPoint: info?.getEntryPoint() ?? ".",
    options: fromStruct(info?.getOptions()),
    arguments: request.getArgsList(),
    dryRun: request.getDryrun(),
    parallel: request.getParallel(),
    config: Object.fromEntries(request.getConfigMap().toArray()),
    secretKeys: request.getConfigsecretkeysList(),
  };
}

async function run(request: pb.RunRequest): Promise<pb.RunResponse> {
  const { error, isReported } = await runProgram(programOf(request), process.env, cancelled.signal);
  return new messages.RunResponse().setError(error).setBail(isReported);
}

function handshake(request: pb.LanguageHandshakeRequest): pb.LanguageHandshakeResponse {
  engineAddress = request.getEngineAddress();
  return new messages.LanguageHandshakeResponse();
}

function about(): pb.AboutResponse {
  const response = new messages.AboutResponse();
  response.getMetadataMap().set("languageHost", "stand-in for pulumi-language-nodejs");
  return response.setExecutable(process.execPath).setVersion(process.version);
}

function dependencies(request: pb.GetProgramDependenciesRequest): pb.GetProgramDependenciesResponse {
  const response = new messages.GetProgramDependenciesResponse();
  for (const { name, version } of installedDependencies(request.getInfo()?.getProgramDirectory() ?? ".")) {
    response.addDependencies(new messages.DependencyInfo().setName(name).setVersion(version));
  }
  return response;
}

function refuse(what: string): never {
  throw new UnimplementedError(`this stand-in for pulumi-language-nodejs cannot ${what}`);
}

await servePlugin(
  services.LanguageRuntimeService,
  {
    handshake: unary(handshake),
    getPluginInfo: unary(() => new plugins.PluginInfo().setVersion(sdkVersion())),
    // The program names its plugins when it registers resources: the engine looks for them then, and on PATH first.
    getRequiredPackages: unary(() => new messages.GetRequiredPackagesResponse()),
    getRequiredPlugins: unary(() => new messages.GetRequiredPluginsResponse()),
    runtimeOptionsPrompts: unary(() => new messages.RuntimeOptionsResponse()),
    about: unary(about),
    getProgramDependencies: unary(dependencies),
    run: unary(run),
    runPlugin: runPolicyPack,
    cancel: unary(() => {
      cancelled.abort();
      return new empties.Empty();
    }),
    generatePackage: unary(() => refuse("generate packages")),
    generateProgram: unary(() => refuse("generate programs")),
    generateProject: unary(() => refuse("generate projects")),
  },
  () => {
    cancelled.abort();
  },
);
