import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { onTestFinished } from "vitest";

type Value = string | number | boolean | undefined;

/** A span as a collector gets it. */
export interface ReceivedSpan {
  readonly name: string;
  /** 2 for a server's span. */
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  /** 0 unset, 2 error. */
  readonly status: { readonly code: number; readonly message?: string };
  readonly attributes: Readonly<Record<string, Value>>;
  readonly events: readonly ReceivedEvent[];
  readonly startNanoseconds: bigint;
  /** Attributes of what sent it. */
  readonly resource: Readonly<Record<string, Value>>;
}

/** An event of a span. */
export interface ReceivedEvent {
  readonly name: string;
  readonly attributes: Readonly<Record<string, Value>>;
  readonly nanoseconds: bigint;
}

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: number; readonly doubleValue?: number };
}

interface Request {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly RawSpan[] }[];
  }[];
}

interface RawSpan extends Pick<ReceivedSpan, "name" | "kind" | "traceId" | "spanId" | "parentSpanId" | "status"> {
  readonly startTimeUnixNano: string;
  readonly attributes: readonly Attribute[];
  readonly events: readonly {
    readonly name: string;
    readonly timeUnixNano: string;
    readonly attributes: readonly Attribute[];
  }[];
}

/** A collector for OTLP over HTTP in JSON, until the test ends; it answers 200 unless told otherwise. */
export async function startOtlpReceiver(answer: (outgoing: ServerResponse) => void = (outgoing) => outgoing.end("{}")) {
  const spans: ReceivedSpan[] = [];
  const requests: string[] = [];
  const receive = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const request = (await json(incoming)) as Request;
    // Together, so that whoever sees the request here knows it to be answered.
    requests.push(`${incoming.method} ${incoming.url} ${incoming.headers["content-type"]}`);
    spans.push(...readSpans(request));
    answer(outgoing);
  };
  const server = createServer((incoming, outgoing) => void receive(incoming, outgoing)).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spans, requests };
}

function readSpans({ resourceSpans }: Request): ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) => spans.map((span) => readSpan(span, record(resource.attributes)))),
  );
}

function readSpan(span: RawSpan, resource: ReceivedSpan["resource"]): ReceivedSpan {
  const { name, kind, traceId, spanId, parentSpanId, status } = span;
  return {
    ...{ name, kind, traceId, spanId, parentSpanId, status, resource },
    attributes: record(span.attributes),
    events: span.events.map((event) => ({
      name: event.name,
      attributes: record(event.attributes),
      nanoseconds: BigInt(event.timeUnixNano),
    })),
    startNanoseconds: BigInt(span.startTimeUnixNano),
  };
}

const record = (attributes: readonly Attribute[]): Readonly<Record<string, Value>> =>
  Object.fromEntries(
    attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue ?? value.doubleValue]),
  );
