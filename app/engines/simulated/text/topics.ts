const WORD = /\p{L}[\p{L}\p{N}'’-]{3,}/gu;
const MOST_TOPICS = 8;

/** Words of four letters or more that say nothing about what a prompt is about. */
const COMMON_WORDS = new Set(
  (
    "about above after again also because been before being below between both could does doing down during each " +
    "explain from further give have having here hers himself into itself just like list make many more most much " +
    "need only other ours over please same says should show some such tell than that their theirs them then there " +
    "these they this those through under until very want were what when where which while whom will with would write " +
    "your yours assistant user system"
  ).split(" "),
);

/** What a prompt seems to be about: its first words that are not common ones, as they are written there. */
export function findTopics(prompt: string): readonly string[] {
  const topics = new Map<string, string>();
  for (const [word] of prompt.matchAll(WORD)) {
    const key = word.toLowerCase();
    if (COMMON_WORDS.has(key) || topics.has(key)) continue;
    topics.set(key, word);
    if (topics.size === MOST_TOPICS) break;
  }
  return [...topics.values()];
}
