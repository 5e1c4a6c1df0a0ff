import type { Objectives } from "../../components/objectives.ts";

/** The objectives of a stack that says nothing of them. */
export const OBJECTIVES: Objectives = {
  availabilityPercent: 99.5,
  timeToFirstToken: { seconds: 2.5, percent: 95 },
  tokenLatency: { seconds: 0.1, percent: 95 },
};
