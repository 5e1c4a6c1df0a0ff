import { once } from "node:events";
import { createServer } from "node:net";

/** A port of the loopback interface that is free at the moment, for programs that cannot choose one. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("the port of a TCP server has a number");
  return address.port;
}
