/** Name of the cookie by which a client keeps its version: it holds the client's bucket, two digits. */
export const BUCKET_COOKIE = "vllm-version-bucket";

/** How many buckets the clients are drawn into: one for each percent. */
export const BUCKETS = 100;

const MAX_AGE_SECONDS = 30 * 24 * 3600;

/** The `Set-Cookie` header that puts a client into a bucket, 0-99, for 30 days; over TLS alone when `isSecure`. */
export function bucketCookie(bucket: number, isSecure: boolean): string {
  const digits = String(bucket).padStart(2, "0");
  const attributes = `Max-Age=${MAX_AGE_SECONDS}; Path=/; HttpOnly; SameSite=Lax${isSecure ? "; Secure" : ""}`;
  return `${BUCKET_COOKIE}=${digits}; ${attributes}`;
}

/**
 * A regular expression of RE2, for the whole `Cookie` header, that finds our cookie with a bucket below `limit`. Limit is
 * an integer from 1 to 100.
 */
export function bucketBelow(limit: number): string {
  const [tens, ones] = [Math.floor(limit / 10), limit % 10];
  const wholeTens = tens > 0 ? [`[0-${tens - 1}][0-9]`] : [];
  const lastOnes = ones > 0 ? [`${tens}[0-${ones - 1}]`] : [];
  return `(.*;\\s*)?${BUCKET_COOKIE}=(${[...wholeTens, ...lastOnes].join("|")})(\\s*;.*)?`;
}
