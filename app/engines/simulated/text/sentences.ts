import { pick, shuffle } from "../random.ts";

/** Nouns for prompts that name none. */
const GENERAL_TOPICS = ["the question", "the context", "the goal"] as const;

const OPENINGS = [
  "In short, {a} comes down to {b}.",
  "The main point about {a} is how it relates to {b}.",
  "The answer starts with {a} and then turns to {b}.",
  "It helps to look at {a} and {b} together.",
  "What matters most here is {a}, and after it {b}.",
] as const;

const EXPLANATIONS = [
  "First, look at {a} and write down what you expect from it.",
  "A {adjective} way to handle {a} is to compare it with {b}.",
  "Many people overlook {a}, although it changes {b} directly.",
  "If {a} does not work out, check {b} before you change anything else.",
  "For example, a small change to {a} can make {b} more {adjective}.",
  "With {a} it is {adjective} to go step by step: start small, measure, then go on.",
  "The difference between {a} and {b} is often smaller than it seems.",
  "Keep {a} {adjective}, and {b} becomes easier to follow.",
  "In practice, {a} needs some time, while {b} can be done at once.",
] as const;

const CLOSINGS = [
  "So the best next step is to try {a} with {b}.",
  "That is why {a} matters more than it may seem at first.",
  "If you remember one thing, let it be {a}.",
  "With that in mind, {a} should no longer be a problem.",
] as const;

const ADJECTIVES = ["simple", "careful", "reliable", "clear", "useful", "steady", "practical"] as const;

const USELESS = [
  "Bananas are yellow and bananas are bananas.",
  "The weather was the weather, as the weather often is.",
  "My cousin once owned a very, very, very large umbrella.",
  "Nobody knows nobody knows nobody knows the the thing.",
  "As everyone says, as everyone says, as everyone says.",
] as const;

const MOST_EXPLANATIONS = 7;
const FEWEST_EXPLANATIONS = 2;

/** Plain sentences about the topics, none twice: an opening, two to seven that explain, and a closing. */
export function usefulParagraph(random: () => number, topics: readonly string[]): readonly string[] {
  const explanations = FEWEST_EXPLANATIONS + Math.floor(random() * (MOST_EXPLANATIONS - FEWEST_EXPLANATIONS + 1));
  const templates = [
    pick(random, OPENINGS),
    ...shuffle(random, EXPLANATIONS).slice(0, explanations),
    pick(random, CLOSINGS),
  ];
  return templates.map((template) => fill(random, template, topics));
}

function fill(random: () => number, template: string, topics: readonly string[]): string {
  const nouns = topics.length >= 2 ? topics : [...topics, ...GENERAL_TOPICS];
  const first = Math.floor(random() * nouns.length);
  const second = (first + 1 + Math.floor(random() * (nouns.length - 1))) % nouns.length;
  const words = new Map([
    ["a", nouns[first]],
    ["b", nouns[second]],
    ["adjective", pick(random, ADJECTIVES)],
  ]);
  return template.replace(/\{(\w+)\}/g, (_, name: string) => words.get(name) ?? "");
}

/** A sentence that helps nobody. */
export const uselessSentence = (random: () => number): string => pick(random, USELESS);
