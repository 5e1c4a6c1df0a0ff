import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import {
  addPullSecret,
  imageArgs,
  pullSecretData,
  ServiceImage,
  type ServiceImageBuild,
} from "../../components/service-image.ts";
import { registered, valueOf } from "../mocks.ts";

const BUILD: ServiceImageBuild = {
  repository: "ghcr.io/org/vllm-service",
  tag: "main",
  platforms: ["linux/amd64", "linux/arm64"],
  cache: true,
};
const LOGIN = { username: "ci", password: "s3cret:ä" };
const DIGEST = `sha256:${"a".repeat(64)}`;
/** The SDK wraps a secret input in an envelope with this mark. */
const SECRET_MARK = "4dabf18193072939515e22adb298388d";

describe("pure: what is built", () => {
  it("is the project's Dockerfile, for both platforms, cached in the registry", () => {
    const ref = "ghcr.io/org/vllm-service:buildcache";
    expect(imageArgs({ build: BUILD })).toEqual({
      context: { location: "." },
      buildArgs: { REVISION: "main" },
      platforms: ["linux/amd64", "linux/arm64"],
      tags: ["ghcr.io/org/vllm-service:main"],
      push: true,
      buildOnPreview: false,
      exec: true,
      cacheFrom: [{ registry: { ref } }],
      cacheTo: [{ registry: { ref, mode: "max", imageManifest: true, ociMediaTypes: true } }],
    });
  });

  it("is cached nowhere when the stack says so", () => {
    const args = imageArgs({ build: { ...BUILD, cache: false } });
    expect([args.cacheFrom, args.cacheTo]).toEqual([undefined, undefined]);
  });
});

describe("pure: a pull secret", () => {
  it("holds the login for the registry", () => {
    const auth = Buffer.from("ci:s3cret:ä").toString("base64");
    expect(JSON.parse(pullSecretData("ghcr.io", LOGIN))).toEqual({ auths: { "ghcr.io": { ...LOGIN, auth } } });
  });

  it("names Docker Hub as the kubelet does", () => {
    expect(Object.keys((JSON.parse(pullSecretData("docker.io", LOGIN)) as { auths: object }).auths)).toEqual([
      "https://index.docker.io/v1/",
    ]);
  });
});

/** What the engine was asked to make, by logical name; the built image is what the plugin answers with. */
async function mocked(ref: string, program: () => void): Promise<Record<string, pulumi.runtime.MockResourceArgs>> {
  const made: Record<string, pulumi.runtime.MockResourceArgs> = {};
  const newResource = (args: pulumi.runtime.MockResourceArgs): pulumi.runtime.MockResourceResult => {
    made[args.name] = args;
    const inputs = args.inputs as object;
    return { id: args.name, state: { ...inputs, ref, metadata: { name: `${args.name}-1` } } };
  };
  await pulumi.runtime.setMocks({ newResource, call: () => ({}) }, "vllm-istio-canary", "test");
  program();
  await registered();
  return made;
}

describe("mocks: a service image", () => {
  const reference = `ghcr.io/org/vllm-service:main@${DIGEST}`;
  let made: Record<string, pulumi.runtime.MockResourceArgs>;
  let image: ServiceImage;
  let secret: pulumi.Output<string>;
  beforeAll(async () => {
    const login = pulumi.secret(LOGIN);
    made = await mocked(reference, () => {
      image = new ServiceImage("image", { build: BUILD, login });
      secret = addPullSecret("pull", { namespace: "llm", image: image.reference, login }, {});
    });
  });

  it("is one build", () => {
    expect(Object.entries(made).map(([name, { type }]) => [name, type])).toEqual([
      ["image", "vllm-istio-canary:index:ServiceImage"],
      ["image-build", "docker-build:index:Image"],
      ["pull", "kubernetes:core/v1:Secret"],
    ]);
  });

  it("is what was pushed, by digest", async () => {
    expect(await valueOf(image.reference)).toBe(reference);
  });

  it("is pushed with the login, which stays a secret", () => {
    const { registries } = made["image-build"]?.inputs as { registries: unknown };
    expect(registries).toEqual({
      [SECRET_MARK]: "1b47061264138c4ac30d75fd1eb44270",
      value: [{ address: "ghcr.io", username: "ci", password: "s3cret:ä" }],
    });
  });

  it("has a pull secret of its registry, which stays a secret", async () => {
    expect(made["pull"]?.inputs).toEqual({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { namespace: "llm" },
      type: "kubernetes.io/dockerconfigjson",
      stringData: {
        [SECRET_MARK]: "1b47061264138c4ac30d75fd1eb44270",
        value: { ".dockerconfigjson": pullSecretData("ghcr.io", LOGIN) },
      },
    });
    expect(await valueOf(secret)).toBe("pull-1");
  });

  it("is unknown while only its tag is", async () => {
    await mocked("ghcr.io/org/vllm-service:main", () => {
      image = new ServiceImage("image", { build: BUILD });
    });
    expect(await (image.reference as unknown as { isKnown: Promise<boolean> }).isKnown).toBe(false);
  });

  it("for no platform is refused", async () => {
    await mocked(reference, () => {
      expect(() => new ServiceImage("image", { build: { ...BUILD, platforms: [] } })).toThrow(
        "platforms is []; expected linux/amd64, linux/arm64 or both",
      );
    });
  });
});
