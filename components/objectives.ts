/** How many of a version's requests must be answered well, over 30 days. */
export interface Objectives {
  /** Percent of the requests that must not fail. At least 94, below 100. Default 99.5. */
  readonly availabilityPercent: number;
  /** How soon a streamed answer must begin. */
  readonly timeToFirstToken: LatencyObjective;
  /** How soon each token must follow the one before. */
  readonly tokenLatency: LatencyObjective;
}

/** A duration that a share of all measured ones must not exceed. */
export interface LatencyObjective {
  /** The duration, in seconds: a bound of the metric's buckets. Default 2.5 to the first token, 0.1 between tokens. */
  readonly seconds: number;
  /** Percent of them that must not exceed it. At least 94, below 100. Default 95. */
  readonly percent: number;
}
