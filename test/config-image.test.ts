import { generateKeyPairSync } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import type { Check } from "../config/checks.ts";
import * as image from "../config/image.ts";
import { mockEngine } from "./mocks.ts";

const IMAGE = `ghcr.io/org/vllm-service:1@sha256:${"a".repeat(64)}`;
const BUILD = {
  repository: "ghcr.io/org/vllm-service",
  tag: "main",
  platforms: ["linux/amd64", "linux/arm64"],
  cache: true,
} as const;
const NONE: image.ImageSettings = {
  serviceImage: undefined,
  serviceImageBuild: undefined,
  imageSigningKey: undefined,
  registryUsername: undefined,
  registryPassword: undefined,
};
const KEY = keyOf("P-256");

function keyOf(namedCurve: string): string {
  return generateKeyPairSync("ec", { namedCurve }).publicKey.export({ type: "spki", format: "pem" }).toString();
}

function read<T>(check: Check<T>, value: unknown): { value: T; faults: string[] } {
  const faults: string[] = [];
  return { value: check(value, "s", faults), faults };
}

beforeAll(async () => {
  await mockEngine();
});

describe("pure: settings of the image", () => {
  it.each([undefined, "", "{}", {}])("are unset as %j", (value) => {
    expect(read(image.serviceImage, value)).toEqual({ value: undefined, faults: [] });
    expect(read(image.serviceImageBuild, value)).toEqual({ value: undefined, faults: [] });
    expect(read(image.imageSigningKey, value)).toEqual({ value: undefined, faults: [] });
    expect(read(image.registryUsername, value)).toEqual({ value: undefined, faults: [] });
  });

  it("take an image by digest and nothing else", () => {
    expect(read(image.serviceImage, IMAGE)).toEqual({ value: IMAGE, faults: [] });
    expect(read(image.serviceImage, "ghcr.io/org/vllm-service:1").faults).toEqual([
      's is "ghcr.io/org/vllm-service:1"; expected an image by digest, repository[:tag]@sha256:<64 hex digits>. ' +
        "Fix: pulumi config set s REPOSITORY@sha256:DIGEST",
    ]);
  });

  it("fill in all but the repository of a build", () => {
    expect(read(image.serviceImageBuild, { repository: BUILD.repository })).toEqual({ value: BUILD, faults: [] });
    const own = { repository: "localhost:5000/a", tag: "v1.2", platforms: ["linux/arm64"], cache: "false" };
    expect(read(image.serviceImageBuild, own)).toEqual({ value: { ...own, cache: false }, faults: [] });
  });

  it.each([
    [{ repository: "ghcr.io/Org/x" }, /^s\.repository is .*; expected a repository without a tag/],
    [{ repository: "ghcr.io/org/x:1" }, /^s\.repository is .*; expected a repository without a tag/],
    [{ tag: "1" }, /^s\.repository is not set; expected a repository without a tag/],
    [{ repository: "a/b", tag: "-x" }, /^s\.tag is "-x"; expected 1 to 128 letters/],
    [
      { repository: "a/b", platforms: ["linux/s390x"] },
      /^s\.platforms\[0\] is .*; expected linux\/amd64 or linux\/arm64/,
    ],
    [{ repository: "a/b", platforms: ["linux/arm64", "linux/arm64"] }, /^s\.platforms is .*each at most once/],
    [{ repository: "a/b", platforms: "arm64" }, /^s\.platforms is "arm64"; expected a list of linux\/amd64/],
    [{ repository: "a/b", cache: "yes" }, /^s\.cache is "yes"; expected true or false/],
    [{ repository: "a/b", push: true }, /^s\.push is true, but there is no such setting/],
  ])("refuse the build %j", (value, line) => {
    expect(read(image.serviceImageBuild, value).faults).toEqual([expect.stringMatching(line)]);
  });

  it("take a P-256 public key in PEM", () => {
    expect(read(image.imageSigningKey, KEY)).toEqual({ value: KEY, faults: [] });
  });

  it.each([
    ["a private key", "-----BEGIN EC PRIVATE KEY-----\nMHcC\n-----END EC PRIVATE KEY-----\n"],
    ["a key of another curve", keyOf("P-384")],
    ["half a key", KEY.replace(/.{20}==/, "==")],
    ["a path", "cosign.pub"],
  ])("refuse %s for a signing key", (_, value) => {
    expect(read(image.imageSigningKey, value).faults).toEqual([
      expect.stringMatching(
        /^s is ".*; expected an ECDSA P-256 public key in PEM, as cosign\.pub is\. Fix: pulumi config set imageSigningKey < cosign\.pub$/,
      ),
    ]);
  });

  it("keep the password out of messages", () => {
    pulumi.runtime.setAllConfig({ "vllm-istio-canary:registryPassword": "a b" }, [
      "vllm-istio-canary:registryPassword",
    ]);
    const faults: string[] = [];
    image.registryPassword("a b", "registryPassword", faults);
    expect(faults).toEqual([
      "registryPassword is [secret]; expected a password or access token of printable characters without blanks. " +
        "Fix: pulumi config set --secret registryPassword",
    ]);
  });
});

describe("pure: settings of the image, together", () => {
  const password = (): pulumi.Output<string> => pulumi.secret("x");

  it.each([
    ["an image", { serviceImage: IMAGE }],
    ["a signed image", { serviceImage: IMAGE, imageSigningKey: KEY }],
    ["a build", { serviceImageBuild: BUILD }],
  ])("may be %s", (_, settings) => {
    expect(image.imageFaults({ ...NONE, ...settings })).toEqual([]);
  });

  it("may have a login", () => {
    const login = { registryUsername: "ci", registryPassword: password() };
    expect(image.imageFaults({ ...NONE, serviceImage: IMAGE, ...login })).toEqual([]);
  });

  it.each([
    [
      "neither image nor build",
      {},
      "serviceImage is not set; expected an image by digest, repository[:tag]@sha256:<64 hex digits>. " +
        "Fix: pulumi config set serviceImage REPOSITORY@sha256:DIGEST, " +
        "or pulumi config set --path serviceImageBuild.repository REPOSITORY, which builds it",
    ],
    [
      "both",
      { serviceImage: IMAGE, serviceImageBuild: BUILD },
      `serviceImage is "${IMAGE}"; expected only one of serviceImage and serviceImageBuild. ` +
        "Fix: pulumi config rm serviceImage, or pulumi config rm serviceImageBuild",
    ],
    [
      "a key for an image that is yet to be built",
      { serviceImageBuild: BUILD, imageSigningKey: KEY },
      'imageSigningKey is "set"; expected no key with serviceImageBuild, whose image is deployed before anyone can ' +
        "sign it. Fix: build and sign first, then set serviceImage",
    ],
    [
      "a name without a password",
      { serviceImage: IMAGE, registryUsername: "ci" },
      "registryPassword is not set; expected the password of registryUsername. " +
        "Fix: pulumi config set --secret registryPassword",
    ],
  ])("refuse %s", (_, settings, line) => {
    expect(image.imageFaults({ ...NONE, ...settings })).toEqual([line]);
  });

  it("refuse a password without a name", () => {
    expect(image.imageFaults({ ...NONE, serviceImage: IMAGE, registryPassword: password() })).toEqual([
      "registryUsername is not set; expected the name that goes with registryPassword. " +
        "Fix: pulumi config set registryUsername NAME",
    ]);
  });
});
