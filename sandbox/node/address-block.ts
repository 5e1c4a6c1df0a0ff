/** A block of IPv4 addresses. */
interface Block {
  /** Its first address as a number. */
  readonly first: number;
  /** How many addresses it has: a power of two. */
  readonly size: number;
}

const allBits = 32;

function parse(cidr: string): Block {
  const [address = "", bits = String(allBits)] = cidr.split("/");
  const size = 2 ** (allBits - Number(bits));
  const number = address.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
  return { first: number - (number % size), size };
}

function format({ first, size }: Block): string {
  const bytes = [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256);
  return `${bytes.join(".")}/${allBits - Math.log2(size)}`;
}

function contains(outer: Block, inner: Block): boolean {
  return inner.first >= outer.first && inner.first + inner.size <= outer.first + outer.size;
}

function subtract(block: Block, hole: Block): readonly Block[] {
  if (contains(hole, block)) return [];
  if (!contains(block, hole)) return [block];
  const size = block.size / 2;
  const halves = [
    { first: block.first, size },
    { first: block.first + size, size },
  ];
  return halves.flatMap((half) => subtract(half, hole));
}

/** Whether an IPv4 block in CIDR notation has an address in it. */
export function isInBlock(cidr: string, address: string): boolean {
  return contains(parse(cidr), parse(address));
}

/**
 * What is left of an IPv4 block without others.
 *
 * @param cidr in CIDR notation, as are the others and the result
 */
export function blockWithout(cidr: string, holes: readonly string[]): readonly string[] {
  const all: readonly Block[] = [parse(cidr)];
  const left = holes.map(parse).reduce((blocks, hole) => blocks.flatMap((block) => subtract(block, hole)), all);
  return left.map(format);
}
