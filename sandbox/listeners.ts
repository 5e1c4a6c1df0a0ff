import { createServer, type Server } from "node:net";
import { ports } from "./names.ts";

const lastHost = 254;

/** Listening sockets of one sandbox, in the order of {@link ports}. */
export interface Listeners {
  readonly address: string;
  readonly servers: readonly Server[];
}

function listen(host: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ host, port, exclusive: true }, () => {
      resolve(server);
    });
  });
}

/** File descriptor of a listening socket, for a child to inherit. Node keeps it in a property without a public type. */
export function descriptorOf(server: Server): number {
  return (server as unknown as { readonly _handle: { readonly fd: number } })._handle.fd;
}

/** Closes this process's copies of the sockets; a child that inherited them keeps its own. */
export function closeListeners({ servers }: Listeners): void {
  for (const server of servers) server.close();
}

async function listenOn(address: string): Promise<Listeners> {
  const outcomes = await Promise.allSettled(ports.map(({ port }) => listen(address, port)));
  const servers = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  if (failed === undefined) return { address, servers };
  closeListeners({ address, servers });
  throw failed.reason;
}

/**
 * Listens on every port of a loopback address that nobody uses: each sandbox has an address of its own, so the ports of
 * two can never collide.
 *
 * @param preferred tried first: the address that this sandbox had before
 * @throws Error when a port is taken on every address, as by a server that listens on all of them
 */
export async function openListeners(preferred?: string): Promise<Listeners> {
  const others = Array.from({ length: lastHost }, (_, index) => `127.77.0.${index + 1}`);
  let refusal: unknown;
  for (const address of preferred === undefined ? others : [preferred, ...others]) {
    try {
      return await listenOn(address);
    } catch (error) {
      refusal = error;
    }
  }
  const reason = refusal instanceof Error ? refusal.message : String(refusal);
  const needed = ports.map(({ port }) => port).join(", ");
  throw new Error(
    `a sandbox needs ports ${needed} on one address of 127.77.0.0/24, and none has them free (${reason}): ` +
      "stop the server that listens on that port of every address (ss -ltnp shows it), or have it listen on one address",
  );
}
