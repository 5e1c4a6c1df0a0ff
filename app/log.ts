/** Writes one JSON line to standard output: what happened, and details by name. */
export function logInfo(message: string, details: Readonly<Record<string, string | number>>): void {
  process.stdout.write(`${JSON.stringify({ level: "info", message, ...details })}\n`);
}

/** Writes one JSON line to standard error: what failed, with the error's stack. */
export function logError(message: string, error: Error): void {
  process.stderr.write(`${JSON.stringify({ level: "error", message, error: error.stack ?? error.message })}\n`);
}
