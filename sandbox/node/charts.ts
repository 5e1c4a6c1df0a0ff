import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { basename, join } from "node:path";

/** Serves a folder of packaged Helm charts with its index.yaml as an HTTP chart repository on loopback. */
export function serveCharts(folder: string, port: number): void {
  createServer((request, response) => {
    readFile(join(folder, basename(request.url ?? ""))).then(
      (content) => response.end(content),
      () => response.writeHead(404).end(),
    );
  }).listen(port, "127.0.0.1");
}
