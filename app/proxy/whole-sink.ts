import type { IncomingHttpHeaders } from "node:http";
import type { Exchange } from "../exchange.ts";
import { answerError, retryAfter } from "./answer-error.ts";
import { headersToClient } from "./headers.ts";
import type { AnswerSink } from "./relay.ts";
import { wholeAnswer } from "./whole-answer.ts";

/** Gathers an answer that is not streamed, looks into it, and passes it on once it is complete. */
export function createWholeSink(exchange: Exchange, status: number, headers: IncomingHttpHeaders): AnswerSink {
  const { outgoing, route } = exchange;
  const chunks: Buffer[] = [];
  return {
    write(chunk) {
      chunks.push(chunk);
      return true;
    },
    end() {
      const gathered = Buffer.concat(chunks);
      const body = status === 200 ? lookInto(exchange, gathered, route === "/v1/completions") : gathered;
      const later = headers["retry-after"] === undefined ? retryAfter(status) : [];
      const sized = ["content-length", String(body.length)];
      outgoing.writeHead(status, [...exchange.headers, ...headersToClient(headers), ...later, ...sized]);
      // Node sends a text together with the headers, and bytes apart.
      outgoing.end(body.toString("latin1"), "latin1");
    },
    fail({ error }) {
      answerError(outgoing, error, exchange.headers);
    },
  };
}

function lookInto(exchange: Exchange, gathered: Buffer, withText: boolean): Buffer {
  const answer = wholeAnswer(gathered, withText);
  exchange.answer = answer;
  return answer.body;
}
