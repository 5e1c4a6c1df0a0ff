import { isInBlock } from "../../../sandbox/node/address-block.ts";
import { egressChain, ingressChain } from "../../../sandbox/node/policy-rules.ts";

/** The first packet of a connection. */
export interface Connection {
  readonly from: string;
  readonly to: string;
  readonly protocol?: string;
  readonly port: number;
}

interface Rule {
  readonly chain: string;
  readonly target: string;
  readonly options: ReadonlyMap<string, string>;
}

function parse(line: string): Rule {
  const [, chain = "", ...words] = line.split(" ");
  const options = new Map<string, string>();
  for (let index = 0; index < words.length; index += 2) options.set(words[index] ?? "", words[index + 1] ?? "");
  const target = options.get("-j") ?? "";
  options.delete("-j");
  return { chain, target, options };
}

function fits(option: string, value: string, { from, to, protocol = "tcp", port }: Connection): boolean {
  switch (option) {
    case "-s":
      return isInBlock(value, from);
    case "-d":
      return isInBlock(value, to);
    case "-p":
      return value === protocol;
    case "--dport": {
      const [first, last = first] = value.split(":").map(Number);
      return port >= (first ?? NaN) && port <= (last ?? NaN);
    }
    default:
      // A new connection is neither established nor related.
      return option === "-m";
  }
}

/** Whether the kernel would let a new connection between two pods through, by rules for `iptables-restore`. */
export function passes(rules: string, connection: Connection): boolean {
  const parsed = rules
    .split("\n")
    .filter((line) => line.startsWith("-A "))
    .map(parse);
  return [egressChain, ingressChain].every((chain) => {
    const first = parsed.find(
      (rule) => rule.chain === chain && [...rule.options].every(([option, value]) => fits(option, value, connection)),
    );
    return first?.target !== "DROP";
  });
}
