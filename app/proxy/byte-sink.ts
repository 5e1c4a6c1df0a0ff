import type { IncomingHttpHeaders } from "node:http";
import type { Exchange } from "../exchange.ts";
import { headersToClient } from "./headers.ts";
import type { AnswerSink } from "./relay.ts";

/** Passes an answer on that nobody looks into: embeddings, model lists, sound. */
export function createByteSink(exchange: Exchange, status: number, headers: IncomingHttpHeaders): AnswerSink {
  const { outgoing } = exchange;
  const length = headers["content-length"];
  const sized = length === undefined ? [] : ["content-length", length];
  outgoing.writeHead(status, [...exchange.headers, ...headersToClient(headers), ...sized]);
  return {
    write: (chunk) => outgoing.write(chunk),
    end: () => outgoing.end(),
    fail({ outcome }) {
      exchange.failure = outcome;
      // Half an answer of unknown form: only a broken connection tells the client that there is no more.
      outgoing.destroy();
    },
  };
}
