import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { text } from "node:stream/consumers";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { rawSignature, verifiedImage, verifyImageSignature } from "../../components/image-signature.ts";
import { mockEngine, valueOf } from "../mocks.ts";
import { DIGEST, LOGIN, SigningRegistry, TAG } from "./signing-registry.ts";

const OTHER_DIGEST = `sha256:${"f".repeat(64)}`;
const ours = generateKeyPairSync("ec", { namedCurve: "P-256" });
const theirs = generateKeyPairSync("ec", { namedCurve: "P-256" });
const publicKeyPem = ours.publicKey.export({ type: "spki", format: "pem" }).toString();

let registry: SigningRegistry;
let reference: string;

beforeEach(async () => {
  registry = new SigningRegistry();
  await registry.listen();
  reference = `${registry.host}/llm/vllm-service:v1@${DIGEST}`;
});

afterEach(async () => {
  await registry.close();
});

const check = (): Promise<void> => verifyImageSignature({ reference, publicKeyPem });

function payloadOf(digest: string): Buffer {
  const critical = {
    identity: { "docker-reference": "registry.example.com/llm/vllm-service" },
    image: { "docker-manifest-digest": digest },
    type: "cosign container image signature",
  };
  return Buffer.from(JSON.stringify({ critical, optional: null }));
}

describe("pure: a DER signature", () => {
  it("becomes the 64 bytes that Node writes for the same one", () => {
    fc.assert(
      fc.property(fc.bigInt(1n, 2n ** 256n - 1n), fc.bigInt(1n, 2n ** 256n - 1n), (r, s) => {
        const raw = rawSignature(derOf(r, s));
        expect(Buffer.from(raw ?? []).toString("hex")).toBe([r, s].map(hex64).join(""));
      }),
    );
  });

  it.each([
    ["empty", ""],
    ["no sequence", "020101020101"],
    ["longer than it says", "300602010102010100"],
    ["shorter than it says", "3006020101"],
    ["without s", "3003020101"],
    ["with a negative number", "3006020181020101"],
    ["of another curve", `30450221${"01".repeat(33)}0220${"01".repeat(32)}`],
  ])("that is %s is refused", (_, hex) => {
    expect(rawSignature(Buffer.from(hex, "hex"))).toBeUndefined();
  });

  it("is never taken from text at random without the shape of one", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        fc.pre(bytes[0] !== 0x30);
        expect(rawSignature(bytes)).toBeUndefined();
      }),
    );
  });
});

describe("pure: an image in a registry", () => {
  it("passes with a signature by the key", async () => {
    registry.add(ours.privateKey, payloadOf(DIGEST));
    await expect(check()).resolves.toBeUndefined();
    expect(registry.asked).toEqual([`${TAG} -`, expect.stringMatching(/^sha256:[0-9a-f]{64} -$/)]);
  });

  it("passes with one good signature among others", async () => {
    registry.add(theirs.privateKey, payloadOf(DIGEST));
    registry.add(ours.privateKey, payloadOf(DIGEST));
    await expect(check()).resolves.toBeUndefined();
  });

  it("fails without a signature and is told how to sign", async () => {
    await expect(check()).rejects.toThrow(
      `image ${reference} has no signature: its registry has none at the tag ${TAG}. ` +
        `Fix: cosign sign --key KEY --new-bundle-format=false --use-signing-config=false ${reference}`,
    );
  });

  it("fails when another key signed it", async () => {
    registry.add(theirs.privateKey, payloadOf(DIGEST));
    await expect(check()).rejects.toThrow(
      `image ${reference} has no valid signature: of the 1 found, each was made by another key than imageSigningKey`,
    );
  });

  it("fails when the key signed another image", async () => {
    registry.add(ours.privateKey, payloadOf(OTHER_DIGEST));
    await expect(check()).rejects.toThrow(`each is of another image, ${OTHER_DIGEST}`);
  });

  it("fails when what was signed names no image", async () => {
    registry.add(ours.privateKey, Buffer.from("no JSON"));
    await expect(check()).rejects.toThrow("each is of another image, of no digest");
  });

  it("fails when the payload was exchanged", async () => {
    const digest = registry.add(ours.privateKey, payloadOf(OTHER_DIGEST));
    registry.put(digest, payloadOf(DIGEST));
    await expect(check()).rejects.toThrow("each has a payload that is not what its digest says");
  });

  it("fails when the payload is gone", async () => {
    const digest = registry.add(ours.privateKey, payloadOf(DIGEST));
    registry.put(digest, undefined);
    await expect(check()).rejects.toThrow("each lacks its payload");
  });

  it("fails when the signature is none, and names every reason once", async () => {
    registry.add(ours.privateKey, payloadOf(DIGEST), Buffer.from("rubbish"));
    registry.add(theirs.privateKey, payloadOf(DIGEST));
    registry.add(theirs.privateKey, payloadOf(OTHER_DIGEST));
    await expect(check()).rejects.toThrow(
      "of the 3 found, each is not an ECDSA signature over P-256, or was made by another key than imageSigningKey",
    );
  });

  it("fails when the registry refuses to be read", async () => {
    registry.access = "basic";
    await expect(check()).rejects.toThrow(
      `the signatures of image ${reference} cannot be read: ` +
        `registry ${registry.host} refuses to be read without a login: status 401`,
    );
  });

  it("fails with the reason when the registry is not there", async () => {
    await registry.close();
    await expect(check()).rejects.toThrow(/cannot be read: fetch failed: connect ECONNREFUSED/);
  });
});

describe("mocks: a verified image", () => {
  beforeAll(async () => {
    await mockEngine();
  });

  it("is the image, and no secret although the login is one", async () => {
    registry.access = "basic";
    registry.add(ours.privateKey, payloadOf(DIGEST));
    const image = verifiedImage({ reference, publicKeyPem, login: pulumi.secret(LOGIN) });
    expect(await valueOf(image)).toBe(reference);
    expect(await pulumi.isSecret(image)).toBe(false);
  });

  it("that was not signed keeps back what depends on it, and the program fails with that one line", async () => {
    const script = `
      import * as pulumi from "@pulumi/pulumi";
      import { verifiedImage } from "./components/image-signature.ts";
      const newResource = ({ name, inputs }) => (console.log("made", name), { id: name, state: inputs });
      await pulumi.runtime.setMocks({ newResource, call: () => ({}) });
      const [reference, publicKeyPem] = process.argv.slice(1);
      new pulumi.CustomResource("a:b:C", "before", {});
      new pulumi.CustomResource("a:b:C", "pods", { image: verifiedImage({ reference, publicKeyPem }) });
      process.on("uncaughtException", (error) => console.log(pulumi.RunError.isInstance(error), error.message));
    `;
    const node = spawn(process.execPath, ["--input-type=module", "-e", script, reference, publicKeyPem]);
    expect((await text(node.stdout)).trim().split("\n").slice(0, 2)).toEqual([
      "made before",
      expect.stringMatching(`^true error serializing property "image": image ${reference} has no signature: `),
    ]);
  });
});

function hex64(number: bigint): string {
  return number.toString(16).padStart(64, "0");
}

function derOf(...numbers: bigint[]): Buffer {
  const integers = numbers.map((number) => {
    const hex = number.toString(16);
    const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex");
    const padded = (bytes[0] ?? 0) > 0x7f ? Buffer.concat([Buffer.from([0]), bytes]) : bytes;
    return Buffer.concat([Buffer.from([2, padded.length]), padded]);
  });
  const content = Buffer.concat(integers);
  return Buffer.concat([Buffer.from([0x30, content.length]), content]);
}
