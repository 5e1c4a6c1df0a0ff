import { asList, asMap, asString } from "../rpc/property-values.ts";
import type { PropertyMap, PropertyValue } from "../rpc/property-values.ts";

/** An answer of the Kubernetes API server that refuses a request. */
export class ApiError extends Error {
  /** The HTTP status code. */
  readonly status: number;
  /** The API's short reason, for example `AlreadyExists`. */
  readonly reason: string;
  /** The API's details: what object, which fields, what causes. */
  readonly details: PropertyMap;

  constructor(status: number, body: PropertyValue) {
    const answer = asMap(body);
    super(asString(answer["message"]) || `HTTP status ${status}: ${typeof body === "string" ? body : "no message"}`);
    this.name = "ApiError";
    this.status = status;
    this.reason = asString(answer["reason"]);
    this.details = asMap(answer["details"]);
  }
}

/** The API server could not be asked at all. */
export class UnreachableError extends Error {
  constructor(server: string, source: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message || String((cause as { code?: unknown }).code) : String(cause);
    super(`the Kubernetes API server ${server} (from ${source}) cannot be reached: ${why}`, { cause });
    this.name = "UnreachableError";
  }
}

/** Whether the error says that the object (or its kind) does not exist. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}

/** Whether the error says that the namespace the object belongs in does not exist. */
export function isMissingNamespace(error: unknown): boolean {
  return error instanceof ApiError && isNotFound(error) && error.details["kind"] === "namespaces";
}

/** Whether the error only says that a change cannot be tried out without making it. */
export function cannotBePreviewed(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  return error.status === 403 || /does not support dry ?run/i.test(error.message);
}

/** A conflict with other owners of fields, in words: which fields, who owns them, what to do. Undefined if it is none. */
export function conflictMessage(error: unknown): string | undefined {
  if (!(error instanceof ApiError) || error.status !== 409) return undefined;
  const causes = asList(error.details["causes"])
    .map(asMap)
    .filter((cause) => cause["reason"] === "FieldManagerConflict");
  if (causes.length === 0) return undefined;
  const fields = causes.map(({ field, message }) => {
    const owner = asString(message).replace(/^conflict with /, "");
    return `  ${asString(field)} is managed by ${owner}`;
  });
  return [
    "server-side apply conflict: another manager owns fields that this resource sets",
    ...fields,
    'Remove the fields from the program, set ignoreChanges, or take them over with the annotation "pulumi.com/patchForce": "true".',
  ].join("\n");
}
