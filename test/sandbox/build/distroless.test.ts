import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeDistrolessLayer } from "../../../sandbox/build/distroless.ts";

const libraries = "usr/lib/x86_64-linux-gnu";
const needed = [
  ...["ld-linux-x86-64.so.2", "libc.so.6", "libdl.so.2", "libm.so.6", "libpthread.so.0", "libresolv.so.2"],
  ...["libnss_dns.so.2", "libnss_files.so.2", "libgcc_s.so.1", "libstdc++.so.6", "libstdc++.so.6.0.30"],
].map((name) => `${libraries}/${name}`);
const data = [
  ...["etc/ssl/certs/ca-certificates.crt", "etc/nsswitch.conf", "etc/protocols", "etc/services", "etc/os-release"],
  ...["usr/lib/os-release", "usr/share/doc/libc6/copyright"],
];
const unwanted = [
  "usr/bin/bash",
  "usr/bin/apt",
  "usr/bin/perl",
  `${libraries}/libapt-pkg.so.6.0`,
  "var/lib/dpkg/status",
];

let work: string;

beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), "distroless-"));
});

afterEach(() => {
  rmSync(work, { recursive: true });
});

/** A Debian's layer of empty files. */
function debian(files: readonly string[]): string {
  const root = join(work, "debian");
  for (const file of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), "");
  }
  mkdirSync(join(root, "usr/lib64"));
  symlinkSync("usr/lib", join(root, "lib"));
  symlinkSync("usr/lib64", join(root, "lib64"));
  const layer = join(work, "debian.tar");
  execFileSync("tar", ["-cf", layer, "-C", root, "."]);
  return layer;
}

const tar = (...args: readonly string[]) => execFileSync("tar", [...args]).toString();

async function written(files: readonly string[]): Promise<string> {
  const archive = join(work, "layer.tar");
  await writeDistrolessLayer(archive, join(work, "root"), debian(files));
  return archive;
}

describe("the lowest layer of the runtime image", () => {
  it("has of a Debian what Node needs to run, and no program", async () => {
    const archive = await written([...needed, ...data, ...unwanted]);
    const files = tar("-tf", archive)
      .trim()
      .split("\n")
      .filter((path) => !path.endsWith("/"));
    const own = ["etc/group", "etc/passwd", "lib", "lib64"];
    expect(files.sort()).toEqual([...needed, ...data, ...own].map((path) => `./${path}`).sort());
  });

  it("has the accounts and the folders that the published one has", async () => {
    const archive = await written([...needed, ...data]);
    expect(tar("-xOf", archive, "./etc/passwd")).toBe(
      "root:x:0:0:root:/root:/sbin/nologin\n" +
        "nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\n" +
        "nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n",
    );
    expect(tar("-xOf", archive, "./etc/group")).toBe("root:x:0:\nnobody:x:65534:\nnonroot:x:65532:\n");
    expect(tar("-tvf", archive, "./tmp")).toMatch(/^drwxrwxrwt 0\/0 /);
    expect(tar("-tf", archive, "./home/nonroot", "./root")).toBe("./home/nonroot/\n./root/\n");
  });

  it.each(["libstdc++.so.6", "libnss_dns.so.2"])("is not written without %s: the error names it", async (library) => {
    const stem = `${libraries}/${library.split(".so.")[0] ?? ""}.so.`;
    const files = [...needed, ...data].filter((file) => !file.startsWith(stem));
    await expect(written(files)).rejects.toThrow(stem);
  });
});
