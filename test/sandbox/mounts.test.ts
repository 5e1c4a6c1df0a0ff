import { describe, expect, it } from "vitest";
import { isMounted, mountTables } from "../../sandbox/build/mounts.ts";

const folder = "/home/user/.cache/product/sandbox/charts-9d1c02c0272b";
const options = "ro,relatime shared:1 - ext4 /dev/sda rw";

describe("isMounted", () => {
  it.each([
    ["a bind mount", `99 93 8:1 ${folder} /opt/charts ${options}\n`],
    ["a bind mount of a file system of its own", `99 93 8:1 /sandbox/charts-9d1c02c0272b /opt/charts ${options}\n`],
    ["a folder inside it", `99 93 8:1 ${folder}/store /opt/store ${options}\n`],
    ["a lower layer", `99 93 0:45 / / rw - overlay sandbox rw,lowerdir=${folder},upperdir=/state/upper\n`],
    ["one of several lower layers", `99 93 0:45 / / rw - overlay sandbox rw,lowerdir=${folder}:/other\n`],
    ["the last word of a line", `99 93 0:45 / / rw - overlay sandbox rw,lowerdir+=${folder}\n1 2 3\n`],
  ])("finds %s", (_, table) => {
    expect(isMounted(folder, ["22 27 0:21 / /proc rw - proc proc rw\n", table])).toBe(true);
  });

  it.each([
    ["another key", `99 93 8:1 /home/user/.cache/product/sandbox/charts-000000000000 /opt/charts ${options}\n`],
    ["a longer name", `99 93 8:1 ${folder}.12.unfinished /opt/charts ${options}\n`],
    ["nothing", ""],
  ])("does not take %s for it", (_, table) => {
    expect(isMounted(folder, [table])).toBe(false);
  });
});

describe.runIf(process.platform === "linux")("mountTables", () => {
  it("has this process's own", () => {
    expect(mountTables().some((table) => table.includes(" /proc "))).toBe(true);
  });
});
