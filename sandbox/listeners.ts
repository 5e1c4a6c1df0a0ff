import { createServer, type Server } from "node:net";
import { ports } from "./names.ts";

const candidates = 254;

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
 * @param preferred the address this sandbox had before, which its certificates name
 * @throws Error when the preferred address, or every one, is taken
 */
export async function openListeners(preferred?: string): Promise<Listeners> {
  if (preferred !== undefined) return listenOn(preferred);
  for (let host = 1; host <= candidates; host += 1) {
    try {
      return await listenOn(`127.77.0.${host}`);
    } catch {
      continue;
    }
  }
  throw new Error("every address from 127.77.0.1 to 127.77.0.254 has a port in use: stop a sandbox first");
}
