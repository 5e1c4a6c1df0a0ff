import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { blockWithout, isInBlock } from "../../../sandbox/node/address-block.ts";

// Few addresses, so that blocks, holes and addresses meet often.
const address = fc.integer({ min: 0, max: 63 }).map((last) => `10.0.255.${last + 192}`);
const block = fc.tuple(address, fc.integer({ min: 0, max: 32 })).map(([base, bits]) => `${base}/${bits}`);

describe("pure: isInBlock", () => {
  it.each([
    ["0.0.0.0/0", "255.255.255.255", true],
    ["10.0.0.0/8", "10.255.255.255", true],
    ["10.0.0.0/8", "11.0.0.0", false],
    ["10.0.0.5/8", "10.0.0.1", true],
    ["192.168.1.128/25", "192.168.1.127", false],
    ["10.0.0.5/32", "10.0.0.5", true],
    ["10.0.0.5", "10.0.0.5", true],
    ["10.0.0.5", "10.0.0.6", false],
  ])("%s has %s: %s", (cidr, one, expected) => {
    expect(isInBlock(cidr, one)).toBe(expected);
  });
});

describe("pure: blockWithout", () => {
  it.each([
    ["10.0.0.0/8", [], ["10.0.0.0/8"]],
    ["10.0.0.7/24", [], ["10.0.0.0/24"]],
    ["10.0.0.0/30", ["10.0.0.1/32"], ["10.0.0.0/32", "10.0.0.2/31"]],
    ["10.0.0.0/24", ["10.0.0.0/25", "10.0.0.192/26"], ["10.0.0.128/26"]],
    ["10.0.0.0/24", ["10.0.0.0/8"], []],
    ["10.0.0.0/24", ["10.0.1.0/24"], ["10.0.0.0/24"]],
    ["0.0.0.0/0", ["128.0.0.0/1"], ["0.0.0.0/1"]],
  ])("%s without %j is %j", (cidr, holes, left) => {
    expect(blockWithout(cidr, holes)).toEqual(left);
  });

  it("has just the addresses that are in the block and in no hole, each once", () => {
    fc.assert(
      fc.property(block, fc.array(block, { maxLength: 4 }), address, (cidr, holes, one) => {
        const times = blockWithout(cidr, holes).filter((part) => isInBlock(part, one)).length;
        const expected = isInBlock(cidr, one) && !holes.some((hole) => isInBlock(hole, one));
        expect(times).toBe(expected ? 1 : 0);
      }),
    );
  });
});
