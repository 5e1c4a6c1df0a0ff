import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

const HOST = "127.0.0.1";

/** A server that listens, or will. */
export interface Opening {
  /** `http://host:port` */
  readonly origin: string;
  /** Gives it up when it does not listen yet. */
  cancel(): void;
}

/**
 * Lets a server listen on a free loopback port after so many seconds; the port is chosen at once, and connections are
 * refused until then. Rejects with Node's error when there is none.
 */
export async function open(server: Server, delaySeconds: number): Promise<Opening> {
  if (delaySeconds === 0) {
    server.listen(0, HOST);
    await once(server, "listening");
    return { origin: originOf(server), cancel: () => undefined };
  }
  const reservation = await reservePort();
  const timer = setTimeout(() => {
    server.listen(reservation.port, HOST, reservation.release);
  }, delaySeconds * 1000);
  return {
    origin: `http://${HOST}:${reservation.port}`,
    cancel() {
      clearTimeout(timer);
      reservation.release();
    },
  };
}

/**
 * Keeps a port from being given to others, outgoing connections included, while nobody listens on it: by a connection
 * that was accepted there.
 */
async function reservePort(): Promise<{ readonly port: number; readonly release: () => void }> {
  const keeper = createServer();
  keeper.listen(0, HOST);
  await once(keeper, "listening");
  const { port } = addressOf(keeper);
  const accepted = Promise.withResolvers<Socket>();
  keeper.on("connection", accepted.resolve);
  const outgoing = connect(port, HOST);
  const incoming = await accepted.promise;
  keeper.close();
  const release = (): void => {
    outgoing.destroy();
    incoming.destroy();
  };
  return { port, release };
}

const originOf = (server: Server): string => `http://${HOST}:${addressOf(server).port}`;

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (typeof address === "object" && address !== null) return address;
  throw new Error("The server listens on no TCP port.");
}
