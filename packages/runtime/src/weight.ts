import type { Json, OutcomeRecord } from "@umbel/core";

/** Characters of JSON, about, that a value may have to go, or to be kept, together with others. */
const SMALL = 1000;

/** Whether a task succeeded with little, and added nothing. */
export function isSmall({ outcome }: OutcomeRecord): boolean {
  return (
    outcome.state === "SUCCESS" && outcome.additions === undefined && weightOf(outcome.value, SMALL) < SMALL
  );
}

/** Characters of JSON, about; looks no further where they are so many. */
export function weightOf(value: Json, most: number): number {
  if (typeof value === "string") return value.length + 2;
  if (value === null || typeof value !== "object") return 4;
  let weight = 2;
  for (const [key, item] of Object.entries(value)) {
    weight += key.length + weightOf(item, most - weight);
    if (weight >= most) break;
  }
  return weight;
}
