import { connect, createServer, type Socket } from "node:net";

/** Where a connection goes: an address inside the sandbox; undefined refuses it. */
export type Target = () => { readonly host: string; readonly port: number } | undefined;

function join(outer: Socket, target: Target): void {
  const to = target();
  if (to === undefined) {
    outer.destroy();
    return;
  }
  const inner = connect({ ...to, noDelay: true, allowHalfOpen: true });
  outer.setNoDelay(true);
  const end = () => {
    outer.destroy();
    inner.destroy();
  };
  outer.on("error", end);
  inner.on("error", end);
  outer.pipe(inner);
  inner.pipe(outer);
}

/**
 * Serves a listening socket that was opened in the host's network namespace, and carries its connections to an address
 * of the sandbox's own namespace: so a sandbox needs no interface, route or firewall rule on the host.
 *
 * @param descriptor file descriptor of the inherited listener
 */
export function relay(descriptor: number, target: Target): void {
  createServer({ allowHalfOpen: true }, (outer) => {
    join(outer, target);
  }).listen({ fd: descriptor });
}
