import { availableParallelism } from "node:os";
import { buildArtifact, isBuilt, withNeeds, type Artifact } from "./artifact.ts";
import { Slots } from "./slots.ts";

/** Told what happens while artifacts are built; downloads for a compiler are steps of their own. */
export interface BuildListener {
  readonly started: (name: string) => void;
  /** @param seconds how long it took */
  readonly finished: (name: string, seconds: number) => void;
  /** Told at once, while other steps may go on. */
  readonly failed: (name: string, error: unknown) => void;
}

type Step = (name: string, work: () => Promise<unknown>) => Promise<void>;

/** Runs steps and tells of them; after one has failed, none begins. */
function stepsToldTo(listener: BuildListener, failure: AbortController): Step {
  return async (name, work) => {
    failure.signal.throwIfAborted();
    listener.started(name);
    const begin = performance.now();
    try {
      await work();
    } catch (error) {
      failure.abort(error);
      listener.failed(name, error);
      throw error;
    }
    listener.finished(name, (performance.now() - begin) / 1000);
  };
}

const coresPerCompiler = 4;

/**
 * Builds what is missing of the given artifacts and all they need. What does not depend on another runs at once;
 * compilers, which use every core themselves, run one for each four cores, in the order of the artifacts.
 *
 * @throws the first failure, after the steps already running have ended; none begins after it
 */
export async function buildMissing(artifacts: readonly Artifact[], listener: BuildListener): Promise<void> {
  const compilers = new Slots(Math.max(1, Math.floor(availableParallelism() / coresPerCompiler)));
  const running = new Map<Artifact, Promise<unknown>>();
  const failure = new AbortController();
  const step = stepsToldTo(listener, failure);
  const build = async (artifact: Artifact) => {
    const { name, prepare, compiles = false } = artifact;
    await Promise.all(artifact.needs.flatMap((need) => running.get(need) ?? []));
    const prepared = prepare === undefined ? Promise.resolve() : step(`${name} download`, prepare);
    const complete = async () => {
      await prepared;
      await step(name, () => buildArtifact(artifact));
    };
    // A compiler takes its turn before its download has ended, so that a smaller one behind it does not overtake it.
    await Promise.all([prepared, compiles ? compilers.hold(complete) : complete()]);
  };
  for (const artifact of withNeeds(artifacts)) if (!isBuilt(artifact)) running.set(artifact, build(artifact));
  await Promise.allSettled(running.values());
  failure.signal.throwIfAborted();
}
