import type { IncomingHttpHeaders } from "node:http";
import type { Dispatcher } from "undici";
import { countUnderModel, type Exchange } from "../exchange.ts";
import { isGeneration } from "../routes.ts";
import type { ServedModels } from "../served-models.ts";
import { answerError } from "./answer-error.ts";
import { createByteSink } from "./byte-sink.ts";
import { engineFailure, type EngineFailure } from "./engine-failure.ts";
import { createStreamSink } from "./stream-sink.ts";
import { createWholeSink } from "./whole-sink.ts";

/** Where an engine's answer goes to. */
export interface AnswerSink {
  /** Takes the next bytes. False asks for a pause until the client has read. */
  write(chunk: Buffer): boolean;
  /** The engine's answer is complete. */
  end(): void;
  /** It never will be. */
  fail(failure: EngineFailure): void;
}

/** A client that reads nothing for this long, in milliseconds, is given up: it would hold a place in the engine. */
const CLIENT_STALL_MS = 120_000;

/**
 * Passes the engine's answer to the client as it comes, at the client's pace, and the client's departure to the engine.
 * One relay serves one exchange.
 */
export function createRelay(exchange: Exchange, models: ServedModels): Dispatcher.DispatchHandler {
  const { outgoing } = exchange;
  let controller: Dispatcher.DispatchController | undefined;
  let sink: AnswerSink | undefined;
  let gone = false;
  let stalled: NodeJS.Timeout | undefined;
  outgoing.once("close", () => {
    gone = true;
    clearTimeout(stalled);
    if (!outgoing.writableFinished) controller?.abort(new Error("the client is gone"));
  });
  outgoing.on("drain", () => {
    clearTimeout(stalled);
    controller?.resume();
  });
  const pause = (): void => {
    controller?.pause();
    stalled = setTimeout(() => outgoing.destroy(), CLIENT_STALL_MS).unref();
  };
  return {
    onRequestStart(started) {
      controller = started;
      if (gone) started.abort(new Error("the client is gone"));
    },
    onResponseStart(_, status, headers) {
      if (status < 200) return;
      countUnderModel(exchange, models, status < 400);
      sink = createSink(exchange, status, headers);
    },
    onResponseData(_, chunk) {
      exchange.metrics.firstByte();
      if (sink?.write(chunk) === false && !gone) pause();
    },
    onResponseEnd() {
      sink?.end();
    },
    onResponseError(_, error) {
      if (gone) return;
      const failure = engineFailure(error);
      if (sink === undefined) answerError(outgoing, failure.error, exchange.headers);
      else sink.fail(failure);
    },
  };
}

function createSink(exchange: Exchange, status: number, headers: IncomingHttpHeaders): AnswerSink {
  const type = headers["content-type"] ?? "";
  if (type.startsWith("text/event-stream")) return createStreamSink(exchange, status, headers);
  return isGeneration(exchange.route) || status >= 400
    ? createWholeSink(exchange, status, headers)
    : createByteSink(exchange, status, headers);
}
