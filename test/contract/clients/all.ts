import { node } from "./node.ts";
import type { Client } from "./observation.ts";
import { python } from "./python.ts";

/** The official clients. */
export const CLIENTS: readonly Client[] = [node, python];
