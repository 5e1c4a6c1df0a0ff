import { completeMany, tally, waitForGateway, type Gateway } from "./traffic.ts";

/** What the stack exports, as far as the check reads it. */
export interface StackOutputs {
  readonly gatewayUrl: string;
  readonly host: string;
  readonly canaryWeight: number;
  readonly versions: readonly { readonly name: string; readonly model: string; readonly role: string }[];
  readonly tryIt: { readonly portForward?: string; readonly completion: string; readonly abTest: string };
}

const requests = 20;
const headerRequests = 5;

function table(counts: ReadonlyMap<string, number>, names: readonly string[]): readonly string[] {
  const rows = new Map([...names.map((name) => [name, 0] as const), ...counts]);
  const lines = [...rows].map(
    ([name, count]) => `  ${name.padEnd(12)}${String(count).padStart(8)}${`${(100 * count) / requests} %`.padStart(9)}`,
  );
  return ["  answered by requests    share", ...lines];
}

/**
 * Does what a person would do first: sends 20 requests through the gateway and tells who answered, then 5 with the A/B
 * header.
 *
 * @returns lines to print
 * @throws Error when the gateway does not answer, a request fails, or the header does not lead to the canary
 */
export async function checkRelease({ gatewayUrl, host, canaryWeight, versions }: StackOutputs): Promise<string> {
  const gateway: Gateway = { url: gatewayUrl, host };
  const [stable, canary] = versions;
  if (stable === undefined || canary === undefined) throw new Error("the stack exports no versions");
  await waitForGateway(gateway, stable.model);
  const counts = tally(await completeMany(gateway, stable.model, { count: requests }));
  const failed = [...counts.keys()].filter((key) => key.startsWith("HTTP"));
  if (failed.length > 0) throw new Error(`requests to ${gatewayUrl} failed: ${JSON.stringify([...counts])}`);
  const headers = { "x-ab-test": canary.name };
  const chosen = tally(await completeMany(gateway, canary.model, { count: headerRequests, headers }));
  const reached = chosen.get(canary.name) ?? 0;
  if (reached !== headerRequests) {
    throw new Error(
      `of ${headerRequests} requests with x-ab-test: ${canary.name} only ${reached} reached it: ${JSON.stringify([...chosen])}`,
    );
  }
  return [
    `${requests} requests to ${gatewayUrl} (Host: ${host}), canary weight ${canaryWeight}:`,
    "",
    ...table(counts, [stable.name, canary.name]),
    "",
    `${headerRequests} requests with x-ab-test: ${canary.name}: all answered by ${canary.name}`,
  ].join("\n");
}
