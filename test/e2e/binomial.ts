/** Natural logarithm of n choose k. */
function logChoose(n: number, k: number): number {
  let sum = 0;
  for (let i = 1; i <= k; i += 1) sum += Math.log(n - k + i) - Math.log(i);
  return sum;
}

function probability(n: number, k: number, p: number): number {
  return Math.exp(logChoose(n, k) + k * Math.log(p) + (n - k) * Math.log(1 - p));
}

/**
 * The narrowest counts with at most (1 - confidence) / 2 of a binomial distribution beyond either of them.
 *
 * @param n number of draws
 * @param p probability of a hit, between 0 and 1 exclusive
 */
export function binomialBounds(n: number, p: number, confidence: number): readonly [low: number, high: number] {
  const tail = (1 - confidence) / 2;
  const beyond = (counts: readonly number[]): number => {
    let sum = 0;
    for (const count of counts) {
      sum += probability(n, count, p);
      if (sum > tail) return count;
    }
    return counts.at(-1) ?? 0;
  };
  const ascending = Array.from({ length: n + 1 }, (_, count) => count);
  return [beyond(ascending), beyond(ascending.toReversed())];
}
