import type { Output } from "@pulumi/pulumi";
import type { ImagePlatform, ServiceImageBuild } from "../components/service-image.ts";
import { type Check, faultLine, flag, isUnset, matching, oneOf, optional, type Rule, where } from "./checks.ts";
import { list, object } from "./collections.ts";
import { IMAGE_BY_DIGEST } from "./patterns.ts";
import { secret } from "./secrets.ts";

/** The settings that say which image runs. */
export interface ImageSettings {
  /** Image of the service, `repository[:tag]@sha256:<64 hex digits>`. Default: it is built, by `serviceImageBuild`. */
  readonly serviceImage: string | undefined;
  /** How to build the service's image. Default: it is not built, `serviceImage` names it. */
  readonly serviceImageBuild: ServiceImageBuild | undefined;
  /** Public key, ECDSA P-256, as a PEM block, by which `serviceImage` must be signed. Default: no signature is asked for. */
  readonly imageSigningKey: string | undefined;
  /** User name for the image's registry. Default: no login. Goes with `registryPassword`. */
  readonly registryUsername: string | undefined;
  /** Secret. Password or access token for the image's registry. Default: no login. Goes with `registryUsername`. */
  readonly registryPassword: Output<string> | undefined;
}

const REPOSITORY = /^[a-z0-9][a-z0-9._-]*(:\d+)?(\/[a-z0-9][a-z0-9._-]*)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
// A SubjectPublicKeyInfo of this curve always starts with the same 27 bytes and has 64 more.
const P256_PUBLIC_KEY =
  /^-----BEGIN PUBLIC KEY-----\s+MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE([A-Za-z0-9+/]\s*){86}==\s+-----END PUBLIC KEY-----\s*$/;

const IMAGE_RULE: Rule = {
  expected: "an image by digest, repository[:tag]@sha256:<64 hex digits>",
  example: "REPOSITORY@sha256:DIGEST",
};
const PLATFORMS: readonly [ImagePlatform, ImagePlatform] = ["linux/amd64", "linux/arm64"];
const PLATFORMS_RULE: Rule = {
  expected: `a list of ${PLATFORMS.join(" or ")}, each at most once`,
  cure: `pulumi config set --path 'serviceImageBuild.platforms[0]' ${PLATFORMS[0]}`,
};

/** An existing image of the service. */
export const serviceImage: Check<string | undefined> = orEmpty(optional(matching(IMAGE_BY_DIGEST, IMAGE_RULE)));

const platforms = where(
  list(oneOf(PLATFORMS), PLATFORMS_RULE),
  (chosen) => new Set(chosen).size === chosen.length,
  PLATFORMS_RULE,
);

/** How the image of the service is built. */
export const serviceImageBuild: Check<ServiceImageBuild | undefined> = orEmpty(
  optional(
    object<ServiceImageBuild>({
      repository: matching(REPOSITORY, {
        expected: "a repository without a tag, [host[:port]/]path in lower case",
        example: "ghcr.io/ORGANIZATION/vllm-service",
      }),
      tag: matching(TAG, { expected: "1 to 128 letters, digits, _, . or -, not starting with . or -" }, "main"),
      platforms: (value, path, faults) => {
        const chosen = platforms(value, path, faults);
        return chosen.length === 0 ? PLATFORMS : chosen;
      },
      cache: flag(true),
    }),
  ),
);

/** The key by which the image must be signed. */
export const imageSigningKey: Check<string | undefined> = orEmpty(
  optional(
    matching(P256_PUBLIC_KEY, {
      expected: "an ECDSA P-256 public key in PEM, as cosign.pub is",
      cure: "pulumi config set imageSigningKey < cosign.pub",
    }),
  ),
);

/** The user name for the image's registry. */
export const registryUsername: Check<string | undefined> = orEmpty(
  optional(matching(/^[^\s:]+$/, { expected: "a user name without blanks or colons", example: "NAME" })),
);

/** The password for the image's registry. */
export const registryPassword = secret((value) => /^[!-~]+$/.test(value), {
  expected: "a password or access token of printable characters without blanks",
});

/** Of each two settings that exclude or need one another: one line where they do not go together. */
export function imageFaults(settings: ImageSettings): readonly string[] {
  const { serviceImage: image, serviceImageBuild: build, imageSigningKey: key } = settings;
  const faults: string[] = [];
  if (image === undefined && build === undefined) {
    const other = "or pulumi config set --path serviceImageBuild.repository REPOSITORY, which builds it";
    const cure = `pulumi config set serviceImage ${IMAGE_RULE.example ?? ""}, ${other}`;
    faults.push(faultLine("serviceImage", undefined, { ...IMAGE_RULE, cure }));
  }
  if (image !== undefined && build !== undefined) {
    const expected = "only one of serviceImage and serviceImageBuild";
    const cure = "pulumi config rm serviceImage, or pulumi config rm serviceImageBuild";
    faults.push(faultLine("serviceImage", image, { expected, cure }));
  }
  if (key !== undefined && build !== undefined) {
    const expected = "no key with serviceImageBuild, whose image is deployed before anyone can sign it";
    faults.push(faultLine("imageSigningKey", "set", { expected, cure: "build and sign first, then set serviceImage" }));
  }
  return [...faults, ...loginFaults(settings)];
}

function loginFaults({ registryUsername: username, registryPassword: password }: ImageSettings): string[] {
  if (password !== undefined && username === undefined) {
    const rule = { expected: "the name that goes with registryPassword", example: "NAME" };
    return [faultLine("registryUsername", undefined, rule)];
  }
  if (username === undefined || password !== undefined) return [];
  const rule = {
    expected: "the password of registryUsername",
    cure: "pulumi config set --secret registryPassword",
  };
  return [faultLine("registryPassword", undefined, rule)];
}

/** Takes the empty text, list or object that Pulumi.yaml declares as a default for unset. */
function orEmpty<T>(check: Check<T | undefined>): Check<T | undefined> {
  return (value, path, faults) => (isEmpty(value) ? undefined : check(value, path, faults));
}

function isEmpty(value: unknown): boolean {
  return isUnset(value) || ["", "{}"].includes(typeof value === "string" ? value : JSON.stringify(value));
}
