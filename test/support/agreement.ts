import { isDeepStrictEqual } from "node:util";
import type { StepOptions } from "@umbel/core";
import type { Way } from "./evaluate.ts";
import type { Counts, Happened } from "./happened.ts";
import { NOTHING_HAPPENED, both, firstBeyond } from "./happened.ts";

/** A message of a call. */
export interface SentCall {
  readonly number: number;
  readonly options: StepOptions;
  /** Attempts before the one that it begins. */
  readonly retries: number;
}

/** What happened in a run. */
export interface Seen {
  readonly notes: Counts;
  readonly runs: Counts;
  readonly sent: readonly SentCall[];
}

/** What was done to a flow from outside. */
export interface Circumstances {
  /** Whether it was cancelled before its end, so that anything may be missing. */
  readonly isCancelled: boolean;
  /** How often a handler that is claimed may run for each time that it has to: once, and once more for each fault. */
  readonly mostRuns: number;
  /** Whether nothing went wrong, so that no other handler runs more often either. */
  readonly isFair: boolean;
  /** Whether calls may run without a message. */
  readonly isFused: boolean;
}

/** What keeps a run from being one that goes this way; undefined where it is one. */
export function disagreement(
  { must, may }: Way,
  seen: Seen,
  circumstances: Circumstances,
): string | undefined {
  const most = both(must, may);
  const least = circumstances.isCancelled ? NOTHING_HAPPENED : must;
  return (
    inWords("not noted", firstBeyond(least.notes, seen.notes)) ??
    inWords("noted too often", firstBeyond(seen.notes, most.notes)) ??
    inWords("not run", firstBeyond(least.runs, seen.runs)) ??
    inWords("run too often", firstBeyond(seen.runs, mostRuns(most, circumstances))) ??
    wrongMessage(seen.sent, circumstances.isFused ? NOTHING_HAPPENED : least, most)
  );
}

/** n.b. What is not claimed may run again and again; nothing runs that does not belong there. */
function mostRuns(most: Happened, { mostRuns: times, isFair }: Circumstances): Counts {
  const bound = (what: string, count: number): number => {
    if (isFair) return count;
    return most.free.has(what) ? Infinity : count * times;
  };
  return new Map([...most.runs].map(([what, count]) => [what, bound(what, count)]));
}

/** Every call that had to be was sent, with its options, once for each of its attempts. */
function wrongMessage(sent: readonly SentCall[], least: Happened, most: Happened): string | undefined {
  const numbers = new Set(sent.map(({ number }) => number));
  const missing = [...least.options.keys()].find((number) => !numbers.has(number));
  const wrong = sent.find((call) => !isAsSaid(call, most));
  const attempts = new Set(sent.map(({ number, retries }) => `${number}: ${retries}`));
  const untried = [...least.retries].find(([number, retries]) => !attempts.has(`${number}: ${retries}`));
  return (
    inWords("not sent", missing) ??
    inWords("sent otherwise", wrong && `${JSON.stringify(wrong)}, not ${saidOf(wrong, most)}`) ??
    inWords("not tried so often", untried?.join(": "))
  );
}

function isAsSaid(
  { number, options, retries }: SentCall,
  { options: said, retries: most }: Happened,
): boolean {
  const expected = said.get(number);
  if (expected === undefined || retries > (most.get(number) ?? 0)) return false;
  return retries === 0
    ? isDeepStrictEqual(options, expected)
    : isDeepStrictEqual(laterOf(options), laterOf(expected));
}

/** n.b. What a first attempt has waited for is over, and its claim is the message's own. */
function laterOf({ countdownMs: _over, exclusive: _had, ...options }: StepOptions): StepOptions {
  return options;
}

function saidOf({ number }: SentCall, { options, retries }: Happened): string {
  return JSON.stringify({ options: options.get(number), retries: retries.get(number) ?? 0 });
}

function inWords(what: string, thing: string | number | undefined): string | undefined {
  return thing === undefined ? undefined : `${what}: ${thing}`;
}
