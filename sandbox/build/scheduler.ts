import { availableParallelism } from "node:os";
import { buildArtifact, isBuilt, withNeeds, type Artifact } from "./artifact.ts";

/** Told what happens while artifacts are built. */
export interface BuildListener {
  readonly started: (name: string) => void;
  /** @param seconds how long it took */
  readonly finished: (name: string, seconds: number) => void;
}

/** A counting lock: at most `free` holders at once. */
class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(free: number) {
    this.#free = free;
  }

  async hold<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}

const coresPerCompiler = 4;

/**
 * Builds what is missing of the given artifacts and all they need. What does not depend on another runs at once;
 * compilers, which use every core themselves, run one for each four cores.
 *
 * @throws the first failure, after the builds already running have ended
 */
export async function buildMissing(artifacts: readonly Artifact[], listener: BuildListener): Promise<void> {
  const compilers = new Slots(Math.max(1, Math.floor(availableParallelism() / coresPerCompiler)));
  const running = new Map<Artifact, Promise<void>>();
  const timed = async (artifact: Artifact) => {
    listener.started(artifact.name);
    const begin = performance.now();
    await buildArtifact(artifact);
    listener.finished(artifact.name, (performance.now() - begin) / 1000);
  };
  const build = async (artifact: Artifact) => {
    await Promise.all(artifact.needs.flatMap((need) => running.get(need) ?? []));
    await artifact.prepare?.();
    await (artifact.compiles === true ? compilers.hold(() => timed(artifact)) : timed(artifact));
  };
  for (const artifact of withNeeds(artifacts)) if (!isBuilt(artifact)) running.set(artifact, build(artifact));
  const outcomes = await Promise.allSettled(running.values());
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}
