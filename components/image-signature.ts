import * as pulumi from "@pulumi/pulumi";
import { locationOf, openRepository, type RegistryLogin, type RepositoryReader } from "./image-registry.ts";

/** An image and the key that must have signed it. */
export interface SignatureCheck {
  /** The image by digest, `repository[:tag]@sha256:<64 hex digits>`. */
  readonly reference: string;
  /** The public key, ECDSA P-256, as a PEM block. */
  readonly publicKeyPem: string;
  /** Login for the registry. Default: none. */
  readonly login?: RegistryLogin | undefined;
  /** What asks the registry. Default: the runtime's own. */
  readonly fetch?: typeof fetch;
}

/** Options of {@link verifiedImage}. */
export interface VerifiedImageArgs {
  /** The image by digest. */
  readonly reference: pulumi.Input<string>;
  /** The public key, ECDSA P-256, as a PEM block. */
  readonly publicKeyPem: pulumi.Input<string>;
  /** Login for the registry. Default: none. */
  readonly login?: pulumi.Input<RegistryLogin> | undefined;
}

type Bytes = Uint8Array<ArrayBuffer>;

/** One signature: what was signed, by its digest, and the signature itself. */
interface Signature {
  readonly payloadDigest: string;
  readonly signature: string;
}

const MANIFEST_TYPES =
  "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json";
const PAYLOAD_TYPE = "application/vnd.dev.cosign.simplesigning.v1+json";
const SIGNATURE_ANNOTATION = "dev.cosignproject.cosign/signature";
const ECDSA = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const COORDINATE_BYTES = 32;

/**
 * Gives the image's reference once a signature of it by the key was found in its registry, in previews and updates alike;
 * until then, and for good when there is none, what depends on the reference is not deployed.
 */
export function verifiedImage(args: VerifiedImageArgs): pulumi.Output<string> {
  const verified = pulumi
    .all([args.reference, args.publicKeyPem, args.login])
    .apply(async ([reference, publicKeyPem, login]) => {
      await verifyImageSignature({ reference, publicKeyPem, login });
      return reference;
    });
  // The login is a secret, the image is not.
  return pulumi.unsecret(verified);
}

/**
 * Looks in the image's registry for a signature that `cosign sign --key` made in its tag format, and checks it.
 *
 * @throws {pulumi.RunError} when the registry refuses, has no signature of the image, or none that the key made for this digest: one
 * line that names the image and the reason.
 */
export async function verifyImageSignature(check: SignatureCheck): Promise<void> {
  const { reference, publicKeyPem, login } = check;
  const location = locationOf(reference);
  const read = openRepository(location, login, check.fetch ?? fetch);
  const tag = `${location.digest.replace(":", "-")}.sig`;
  const signatures = await readOr(reference, () => signaturesAt(read, tag));
  if (signatures.length === 0) {
    const cure = `cosign sign --key KEY --new-bundle-format=false --use-signing-config=false ${reference}`;
    throw new pulumi.RunError(
      `image ${reference} has no signature: its registry has none at the tag ${tag}. Fix: ${cure}`,
    );
  }
  const key = await crypto.subtle.importKey("spki", pemBytes(publicKeyPem), ECDSA, false, ["verify"]);
  const verify = (signature: Bytes, data: ArrayBuffer): Promise<boolean> =>
    crypto.subtle.verify(ECDSA, key, signature, data);
  const faults: string[] = [];
  for (const signature of signatures) {
    const payload = await readOr(reference, () => read(`blobs/${signature.payloadDigest}`, "*/*"));
    const fault = await faultOf(signature, payload, location.digest, verify);
    if (fault === undefined) return;
    faults.push(fault);
  }
  const tried = Array.from(new Set(faults)).join(", or ");
  throw new pulumi.RunError(
    `image ${reference} has no valid signature: of the ${signatures.length} found, each ${tried}`,
  );
}

/**
 * An ECDSA signature over P-256 as WebCrypto takes it, 32 bytes of r and 32 of s, from the DER in which cosign writes it;
 * undefined when it is not one.
 */
export function rawSignature(der: Uint8Array): Bytes | undefined {
  const raw = new Uint8Array(2 * COORDINATE_BYTES);
  const [sequence, length] = der;
  if (sequence !== 0x30 || length !== der.length - 2) return undefined;
  let offset = 2;
  for (const end of [COORDINATE_BYTES, 2 * COORDINATE_BYTES]) {
    const size = der[offset + 1] ?? 0;
    const integer = der.subarray(offset + 2, offset + 2 + size);
    if (der[offset] !== 0x02 || size === 0 || integer.length !== size) return undefined;
    const digits = integer.subarray(integer.findIndex((byte) => byte !== 0));
    if (digits.length > COORDINATE_BYTES || (integer[0] ?? 0) > 0x7f) return undefined;
    raw.set(digits, end - digits.length);
    offset += 2 + size;
  }
  return offset === der.length ? raw : undefined;
}

/** Why the signature does not count, or undefined when it does. */
async function faultOf(
  { payloadDigest, signature }: Signature,
  payload: ArrayBuffer | undefined,
  imageDigest: string,
  verify: (signature: Bytes, data: ArrayBuffer) => Promise<boolean>,
): Promise<string | undefined> {
  if (payload === undefined) return "lacks its payload";
  if ((await digestOf(payload)) !== payloadDigest) return "has a payload that is not what its digest says";
  const raw = rawSignature(bytesOf(signature));
  if (raw === undefined) return "is not an ECDSA signature over P-256";
  if (!(await verify(raw, payload))) return "was made by another key than imageSigningKey";
  const signed = signedDigest(payload);
  return signed === imageDigest ? undefined : `is of another image, ${signed ?? "of no digest"}`;
}

async function signaturesAt(read: RepositoryReader, tag: string): Promise<Signature[]> {
  const manifest = await read(`manifests/${tag}`, MANIFEST_TYPES);
  if (manifest === undefined) return [];
  const { layers = [] } = (json(manifest) ?? {}) as { layers?: readonly Layer[] };
  return layers.flatMap(({ mediaType, digest, annotations }) => {
    const signature = annotations?.[SIGNATURE_ANNOTATION];
    return mediaType === PAYLOAD_TYPE && signature !== undefined ? [{ payloadDigest: digest, signature }] : [];
  });
}

interface Layer {
  readonly mediaType: string;
  readonly digest: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

function signedDigest(payload: ArrayBuffer): string | undefined {
  const parsed = json(payload) as { critical?: { image?: Record<string, string> } } | undefined;
  return parsed?.critical?.image?.["docker-manifest-digest"];
}

async function readOr<T>(reference: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw new pulumi.RunError(`the signatures of image ${reference} cannot be read: ${reasonOf(error)}`);
  }
}

/** The message, and below a bare "fetch failed" the one that says why. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${reasonOf(error.cause)}`;
}

function json(bytes: ArrayBuffer): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

async function digestOf(bytes: ArrayBuffer): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return `sha256:${Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

function pemBytes(pem: string): Bytes {
  return bytesOf(pem.replaceAll(/-----[A-Z ]+-----/g, ""));
}

/** What the base64 text holds; nothing when it is none. */
function bytesOf(base64: string): Bytes {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}
