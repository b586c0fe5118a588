import type { Json } from "@umbel/core";
import type { BullmqWorld } from "./peers/bullmq/world.ts";
import type { LimitWorld } from "./limits/world.ts";
import type { RowResult } from "./result.ts";
import type { UmbelWorld } from "./umbel/world.ts";

/** The contestants, in the order in which they take their turns. */
export const CONTESTANTS = ["limit", "umbel", "umbel-bundle", "celery", "celery-mongodb", "bullmq"] as const;

export type ContestantName = (typeof CONTESTANTS)[number];

/** We, as we are by default, and where calls travel together. */
export type Ours = Extract<ContestantName, "umbel" | "umbel-bundle">;

/** Whether a contestant is we. */
export function isOurs(name: ContestantName): name is Ours {
  return name === "umbel" || name === "umbel-bundle";
}

/** One size of a row's work. */
export interface Case {
  /** As the page has it: `1,000 members`. */
  readonly name: string;
  readonly size: number;
  /** How often, where the work has a second number: the length of a chain, the seconds, the chords. Default 1. */
  readonly times?: number;
}

/** What a contestant did, as it measured it itself. */
export interface Done {
  readonly ms: number;
  /** What came of it, to be compared with the right answer. */
  readonly answer: Json;
  /** What else was measured, by name. */
  readonly more?: Readonly<Record<string, number>>;
}

/** What a contestant's client does in a row. */
export type Work<World> = (world: World, which: Case) => Promise<Done>;

/** One number of a row, made of what was measured. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly better: "more" | "less";
  /** NaN where the contestant has no such number. */
  readonly of: (done: Done, which: Case) => number;
}

/** What a row is to reach. */
export interface Target {
  /** In words: `≥ 10 × celery`. */
  readonly text: string;
  /** What was reached, and whether that is enough; null where there is nothing to compare with. */
  readonly judge: (result: RowResult) => Verdict | null;
}

export interface Verdict {
  /** The number that was compared with the target's: a ratio or a figure. */
  readonly reached: string;
  readonly isHeld: boolean;
}

/** One line of work that contestants are compared by. */
export interface Row {
  readonly name: string;
  /** What is done, in a sentence of the page. */
  readonly work: string;
  readonly cases: readonly Case[];
  /** The same work so small that it takes no time, for the test. */
  readonly tiny: readonly Case[];
  readonly figures: readonly Figure[];
  readonly targets: readonly Target[];
  /** Of a row that falls short: what bounds it, and which profile shows that. */
  readonly bound?: string;
  /** The right answer. */
  readonly answer: (which: Case) => Json;
  /** Worker processes of each contestant; 0 where all is in the client's. Default 1. */
  readonly workers?: 0 | 1 | 2;
  /**
   * Milliseconds that each contestant does the work before the first round. Default 3,000: too few where something runs a few
   * hundred times a second or less, such as a call of the store's driver: that is compiled late.
   */
  readonly warmUpMs?: number;
  /** It ends when the worker has acknowledged `size` calls of `noop`: the client says only when it began. */
  readonly endsAtWorker?: boolean;
  /** With how many calls in one message we take part once more, as `umbel-bundle`; absent where we do not. */
  readonly bundle?: number;
  readonly umbel: Work<UmbelWorld>;
  readonly limit?: Work<LimitWorld>;
  readonly bullmq?: Work<BullmqWorld>;
  /** Whether `peers/celery/works.py` has a function of the row's name. */
  readonly celery?: boolean;
}

/** Whether a contestant has this work. */
export function takesPart(row: Row, contestant: ContestantName): boolean {
  if (contestant === "celery" || contestant === "celery-mongodb") return row.celery === true;
  if (contestant === "umbel-bundle") return row.bundle !== undefined;
  return row[contestant] !== undefined;
}
