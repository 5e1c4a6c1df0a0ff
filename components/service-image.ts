import { CacheMode, Image, type ImageArgs } from "@pulumi/docker-build";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { registryOf, type RegistryLogin } from "./image-registry.ts";

/** A platform that the service's image can be built for. */
export type ImagePlatform = "linux/amd64" | "linux/arm64";

/** How a stack builds the service's image, as the stack describes it. */
export interface ServiceImageBuild {
  /** Repository that the image is pushed to, `[host[:port]/]path` without a tag. Required. */
  readonly repository: string;
  /** Tag that the image gets beside its digest, and the revision it says it is. Default "main". */
  readonly tag: string;
  /** Platforms to build for, at least one. Default linux/amd64 and linux/arm64. */
  readonly platforms: readonly ImagePlatform[];
  /** Whether all layers are kept at the tag `buildcache` of the same repository, for the next build. Default true. */
  readonly cache: boolean;
}

/** Options of {@link ServiceImage}. */
export interface ServiceImageArgs {
  /** What to build and where to push it. Known when the program runs. */
  readonly build: ServiceImageBuild;
  /** Login for the registry. Default: what Docker is logged in with on this machine. */
  readonly login?: pulumi.Input<RegistryLogin> | undefined;
}

const CACHE_TAG = "buildcache";

/** What is built: the Dockerfile at the root of the project, for all platforms, pushed under the tag. */
export function imageArgs({ build, login }: ServiceImageArgs): ImageArgs {
  const { repository, tag, platforms, cache } = build;
  const cacheRef = `${repository}:${CACHE_TAG}`;
  const cacheLine = { ref: cacheRef, mode: CacheMode.Max, imageManifest: true, ociMediaTypes: true };
  return {
    context: { location: "." },
    buildArgs: { REVISION: tag },
    platforms: [...platforms],
    tags: [`${repository}:${tag}`],
    push: true,
    buildOnPreview: false,
    // The Docker CLI's own builder attests the provenance; the one inside the plugin switches that off.
    exec: true,
    ...(cache && { cacheFrom: [{ registry: { ref: cacheRef } }], cacheTo: [{ registry: cacheLine }] }),
    ...(login !== undefined && { registries: [registryLogin(repository, login)] }),
  };
}

/** The image of the service, built from this project by BuildKit and pushed by digest. */
export class ServiceImage extends pulumi.ComponentResource {
  /** The image by tag and digest, `repository:tag@sha256:<64 hex digits>`; unknown until it is built. */
  public readonly reference: pulumi.Output<string>;

  /**
   * @throws {pulumi.ResourceError} when there is no platform to build for.
   */
  public constructor(name: string, args: ServiceImageArgs, opts?: pulumi.ComponentResourceOptions) {
    super("vllm-istio-canary:index:ServiceImage", name, {}, opts);
    if (args.build.platforms.length === 0) {
      throw new pulumi.ResourceError("platforms is []; expected linux/amd64, linux/arm64 or both", this, true);
    }
    // A destroyed stack leaves the image: others, or a rollback, may run it.
    const image = new Image(`${name}-build`, imageArgs(args), { parent: this, retainOnDelete: true });
    this.reference = image.ref.apply(builtReference);
    this.registerOutputs({ reference: this.reference });
  }
}

/** The `.dockerconfigjson` of a Secret by which the kubelet pulls images from that registry. */
export function pullSecretData(registry: string, { username, password }: RegistryLogin): string {
  const server = registry === "docker.io" ? "https://index.docker.io/v1/" : registry;
  const auth = btoa(String.fromCharCode(...new TextEncoder().encode(`${username}:${password}`)));
  return JSON.stringify({ auths: { [server]: { username, password, auth } } });
}

/** Options of {@link addPullSecret}. */
export interface PullSecretArgs {
  /** Namespace of the pods that pull. */
  readonly namespace: pulumi.Input<string>;
  /** The image they pull, or its repository. */
  readonly image: pulumi.Input<string>;
  /** Login for its registry. */
  readonly login: pulumi.Input<RegistryLogin>;
}

/** Makes the Secret by which pods of a namespace pull a private image, and gives its name. */
export function addPullSecret(
  name: string,
  { namespace, image, login }: PullSecretArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const config = pulumi
    .all([image, login])
    .apply(([repository, resolved]) => pullSecretData(registryOf(repository), resolved));
  const secret = new k8s.core.v1.Secret(
    name,
    {
      metadata: { namespace },
      type: "kubernetes.io/dockerconfigjson",
      stringData: { ".dockerconfigjson": pulumi.secret(config) },
    },
    opts,
  );
  return secret.metadata.name;
}

/** The plugin previews the rebuild of an image as its tag alone, although only the build can tell the digest. */
function builtReference(ref: string): string {
  return ref.includes("@") ? ref : (pulumi.unknown as unknown as string);
}

function registryLogin(
  repository: string,
  login: pulumi.Input<RegistryLogin>,
): { address: string; username: pulumi.Output<string>; password: pulumi.Output<string> } {
  const known = pulumi.output(login);
  return {
    address: registryOf(repository),
    username: pulumi.unsecret(known.apply(({ username }) => username)),
    password: pulumi.secret(known.apply(({ password }) => password)),
  };
}
