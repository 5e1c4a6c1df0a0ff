/** One way of loading a proxy. */
export interface Case {
  /** What `--cases` calls it. */
  readonly name: string;
  /** Heading of its table. */
  readonly title: string;
  /** Whether the calls ask for streams of 200 chunks at 5 ms, or for one short answer. */
  readonly stream: boolean;
  /** Calls open at any time, each on a connection of its own that is kept. */
  readonly connections: number;
  /** Time over which the connections start, in milliseconds. */
  readonly spreadMs: number;
  /** Name of the contender that the others are compared with. */
  readonly base: string;
}

const streams = (connections: number): Case => ({
  name: `streams-${connections}`,
  title: `Streams of 200 chunks at 5 ms, ${connections} at a time`,
  stream: true,
  connections,
  spreadMs: connections === 1 ? 0 : 1000,
  base: "pipe",
});

/** Every case, in the order they are measured. */
export const cases: readonly Case[] = [
  streams(1),
  streams(64),
  streams(256),
  {
    name: "short-64",
    title: "Short answers in one piece, 64 at a time",
    stream: false,
    connections: 64,
    spreadMs: 0,
    base: "dispatch",
  },
];
