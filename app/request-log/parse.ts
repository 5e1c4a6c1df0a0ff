import { isJsonObject } from "../json.ts";
import {
  OUTCOMES,
  REQUEST_RECORD_SCHEMA,
  type LoggedMessage,
  type LoggedParameters,
  type RequestRecord,
} from "./record.ts";

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === "string";
const isFlag: Check = (value) => typeof value === "boolean";
const isNumber: Check = (value) => Number.isFinite(value);
const isWhole: Check = (value) => Number.isSafeInteger(value);
const isSeconds: Check = (value) => typeof value === "number" && value >= 0;
const isCount: Check = (value) => typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
const isStatus: Check = (value) =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 100 && value <= 599;
const isTime: Check = (value) => typeof value === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value);
const isTraceId: Check = (value) => typeof value === "string" && /^[0-9a-f]{32}$/.test(value);
const isOneOf =
  (values: readonly unknown[]): Check =>
  (value) =>
    values.includes(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const or =
  (...checks: readonly Check[]): Check =>
  (value) =>
    checks.some((check) => check(value));
const isNull = isOneOf([null]);
const isAbsent = isOneOf([undefined]);

const allOf =
  (checks: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isJsonObject(value) && Object.entries(checks).every(([name, check]) => check(value[name]));

const MESSAGE: Readonly<Record<keyof LoggedMessage, Check>> = { role: isText, content: isText };
const PARAMETERS: Readonly<Record<keyof LoggedParameters, Check>> = {
  max_tokens: or(isAbsent, isWhole),
  temperature: or(isAbsent, isNumber),
  top_p: or(isAbsent, isNumber),
  top_k: or(isAbsent, isWhole),
  n: or(isAbsent, isWhole),
  seed: or(isAbsent, isWhole),
  presence_penalty: or(isAbsent, isNumber),
  frequency_penalty: or(isAbsent, isNumber),
  stop: or(isAbsent, listOf(isText)),
};
const RECORD: Readonly<Record<keyof RequestRecord, Check>> = {
  schema: isOneOf([REQUEST_RECORD_SCHEMA]),
  time: isTime,
  request_id: isText,
  trace_id: or(isNull, isTraceId),
  version: isText,
  model: isText,
  lora: or(isNull, isText),
  route: isText,
  stream: isFlag,
  parameters: allOf(PARAMETERS),
  prompt: or(isNull, isText, listOf(allOf(MESSAGE))),
  prompt_truncated: isFlag,
  no_log: isFlag,
  prompt_tokens: or(isNull, isCount),
  completion_tokens: or(isNull, isCount),
  time_to_first_token_seconds: or(isNull, isSeconds),
  latency_seconds: isSeconds,
  status: isStatus,
  outcome: isOneOf(OUTCOMES),
};

const isRecord = (value: unknown): value is RequestRecord => allOf(RECORD)(value);

/**
 * Reads one line of a pod's log. Returns undefined for all that is no whole request record of this schema version: other
 * log lines, halves of lines, records with a field that is missing or of the wrong type. Fields it does not know, which
 * a newer service may write, are kept. Never throws.
 */
export function parseRequestRecord(line: string): RequestRecord | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
