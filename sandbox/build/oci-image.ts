import { createHash } from "node:crypto";
import { createReadStream, linkSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { command } from "../command.ts";

/** Where a file of a layer comes from and goes to. */
export interface LayerFile {
  readonly from: string;
  /** Absolute path in the image. */
  readonly to: string;
}

/** An image to be written as an OCI layout. */
export interface ImageSpec {
  /** Uncompressed layer archives, lowest first. */
  readonly layers: readonly string[];
  readonly entrypoint: readonly string[];
  readonly user?: string;
  /** Environment beside PATH. */
  readonly env?: Readonly<Record<string, string>>;
}

const path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}

/** Packs a folder, owned by root and without times, into a layer archive: the same files give the same bytes. */
export async function packLayer(archive: string, folder: string): Promise<void> {
  const owner = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"];
  await command("tar", [...owner, "-cf", archive, "-C", folder, "."]);
}

/** Packs files into a layer archive as {@link packLayer} does, by way of a folder to gather them in. */
export async function writeLayer(archive: string, staging: string, files: readonly LayerFile[]): Promise<void> {
  for (const { from, to } of files) {
    mkdirSync(join(staging, to, ".."), { recursive: true });
    await command("cp", ["--recursive", "--no-dereference", from, join(staging, to)]);
  }
  await packLayer(archive, staging);
}

function writeBlob(layout: string, mediaType: string, content: string): Descriptor {
  const hex = createHash("sha256").update(content).digest("hex");
  writeFileSync(join(layout, "blobs/sha256", hex), content);
  return { mediaType, digest: `sha256:${hex}`, size: Buffer.byteLength(content) };
}

async function linkLayer(layout: string, archive: string): Promise<Descriptor> {
  const hex = await sha256OfFile(archive);
  linkSync(archive, join(layout, "blobs/sha256", hex));
  const mediaType = "application/vnd.oci.image.layer.v1.tar";
  return { mediaType, digest: `sha256:${hex}`, size: statSync(archive).size };
}

/** Writes an image as an OCI image layout, its layers hard-linked: the layout must be on the layers' file system. */
export async function writeImage(layout: string, { layers, entrypoint, user, env = {} }: ImageSpec): Promise<void> {
  mkdirSync(join(layout, "blobs/sha256"), { recursive: true });
  const layerBlobs: Descriptor[] = [];
  for (const layer of layers) layerBlobs.push(await linkLayer(layout, layer));
  const config = writeBlob(
    layout,
    "application/vnd.oci.image.config.v1+json",
    JSON.stringify({
      architecture: "amd64",
      os: "linux",
      config: {
        Entrypoint: entrypoint,
        Env: [path, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)],
        ...(user === undefined ? {} : { User: user }),
      },
      rootfs: { type: "layers", diff_ids: layerBlobs.map(({ digest }) => digest) },
    }),
  );
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const manifest = JSON.stringify({ schemaVersion: 2, mediaType, config, layers: layerBlobs });
  const descriptor = writeBlob(layout, mediaType, manifest);
  writeFileSync(join(layout, "index.json"), JSON.stringify({ schemaVersion: 2, manifests: [descriptor] }));
  writeFileSync(join(layout, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
}
