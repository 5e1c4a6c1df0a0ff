import type { Json } from "../json.ts";

/** What an engine does when clients leave it, or come in numbers; how it is seen is in the tests of the same name. */
export const LOAD_CLAIMS = {
  "an engine stops when the client leaves": { expected: { madeAll: false, complete: 0 } },
  "a full engine refuses a request with 503": {
    expected: { status: 503, type: "Service Unavailable", code: 503, retryAfter: "1" },
  },
} as const satisfies Readonly<Record<string, { readonly expected: Json }>>;
