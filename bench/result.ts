import type { Case, ContestantName, Done, Figure, Ours, Row } from "./row.ts";
import type { Summary } from "./statistics.ts";
import { summaryOf } from "./statistics.ts";

/** One turn of a contestant in a round. */
export interface Turn extends Omit<Done, "answer"> {
  /** The share of the machine that other processes used meanwhile, 0 to 1; null where that cannot be told. */
  readonly others: number | null;
  /** Turns before this one that were thrown away, since others used too much. */
  readonly repeats: number;
}

/** All turns of all contestants in one case. */
export interface CaseResult {
  readonly which: Case;
  readonly turns: Partial<Record<ContestantName, readonly Turn[]>>;
}

export interface RowResult {
  readonly row: Row;
  readonly cases: readonly CaseResult[];
}

/** What a contestant's turns came to; null where it took no part, or has no such number. */
export function summarize(
  figure: Figure,
  { which, turns }: CaseResult,
  contestant: ContestantName,
): Summary | null {
  const values = (turns[contestant] ?? []).map((turn) => figure.of({ ...turn, answer: null }, which));
  return values.length === 0 || values.some(Number.isNaN) ? null : summaryOf(values);
}

/**
 * By how much we are ahead of a contestant: 2 is twice as fast, of what is counted and of what is waited for alike.
 * Null where one of them took no part.
 */
export function aheadOf(
  contestant: ContestantName,
  figure: Figure,
  result: CaseResult,
  we: Ours = "umbel",
): number | null {
  const [ours, theirs] = [summarize(figure, result, we), summarize(figure, result, contestant)];
  if (ours === null || theirs === null) return null;
  return figure.better === "more" ? ours.median / theirs.median : theirs.median / ours.median;
}
