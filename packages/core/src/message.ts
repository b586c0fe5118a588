import type { Compensating } from "./compensation.ts";
import type { Json, JsonObject } from "./json.ts";
import type { PlacedNode, PlacedRest, PlacedTask } from "./node.ts";
import type { StepOptions } from "./options.ts";

/** One task to run, and what comes after it. */
export interface Message {
  readonly id: string;
  readonly task: string;
  readonly args: readonly Json[];
  readonly kwargs: JsonObject;
  readonly options: StepOptions;
  /** The id of the flow: Celery's root_id. */
  readonly flow: string;
  /** The id of the task that sent this; null for the flow's first. */
  readonly parent: string | null;
  /** Attempts before this one: Celery's header of that name. */
  readonly retries: number;
  /** Which of the task's turns it begins: an integer from 0, one more with each retry (rule 10); 0 from a foreign sender. */
  readonly turn: number;
  /** Unique to this publication, kept on redelivery (rule 3); null from a foreign sender. */
  readonly nonce: string | null;
  /** Whether its publisher says that another copy may exist (rule 4). */
  readonly suspect: boolean;
  readonly next: Continuation;
  /** The join whose body this is, claimed before the body runs (rule 9); null for other tasks. */
  readonly claim: string | null;
  /** Where the outcome of the flow is pushed to; null for nowhere. */
  readonly replyTo: string | null;
  /** Celery's `link`: sent with the result when the task succeeded. */
  readonly callbacks: readonly PlacedNode[];
  /** Celery's `link_error`: sent with the id of the task when it failed. */
  readonly errbacks: readonly PlacedNode[];
  /** Milliseconds since the epoch before which it must not run; null for at once. */
  readonly etaMs: number | null;
  /** Milliseconds since the epoch after which it must not start; null for never. */
  readonly expiresMs: number | null;
  /** What it is to the compensation of its flow; absent for nothing. */
  readonly compensation?: Compensating;
}

/** Messages to publish: each is made when it is asked for, and again when all of them are gone through again. */
export interface Messages extends Iterable<Message> {
  readonly length: number;
}

/** What comes after a task: the steps that follow it, and where the end of the last one arrives. */
export interface Continuation {
  /** Next first. */
  readonly steps: readonly PlacedNode[];
  /** Null at the end of the flow. */
  readonly join: Arrival | null;
  /**
   * What undoes the steps of a flow that are to be undone when it fails, in the order of its plan; or the page in which that
   * is. Only where the whole flow begins; absent where nothing is undone.
   */
  readonly undos?: readonly (PlacedTask | PlacedRest)[];
}

/** Where a member reports: which join, as which member, and what to fail should the join be lost. */
export interface Arrival {
  /** The join's id: that of its group. */
  readonly join: string;
  readonly index: number;
  /** Members of the group. */
  readonly size: number;
  /** Whether it is a race, which may be decided by any arrival; absent where it is not. */
  readonly isRace?: true;
  /** Whether the members have keys, so that nothing can be added to them; absent where they have none. */
  readonly isRecord?: true;
  /** The ids downstream of the join up to the next one, the body's first (packed, see `ids.ts`). */
  readonly ends: readonly string[];
  /** Whether the compensation of the flow waits for any of them; absent where it does not. */
  readonly isCounted?: true;
  /** Where those ends arrive in turn; null at the end of the flow. */
  readonly outer: Arrival | null;
}

/** The task that begins a flow which has a join: its message holds the whole plan (rule 1). */
export const START_TASK = "umbel.start";

/** The task that ends a flow: its message holds the whole plan, as that of the start does (rule 17). */
export const CANCEL_TASK = "umbel.cancel";

/** Whether the message of this task holds a plan instead of arguments by name. */
export function holdsPlan(task: string): boolean {
  return task === START_TASK || task === CANCEL_TASK;
}

/** The task that returns what is known of the failure of the task whose id it gets: what an error handler gets. */
export const FAILURE_TASK = "umbel.failure";

/** What stands for `each` in Celery's signature objects; no worker runs it. */
export const EACH_TASK = "umbel.each";

/** The task that returns its first argument: the body of a group that ends a member. */
export const GATHER_TASK = "umbel.gather";

/** Celery's task that calls another one for each item of a list, `task(item)`, one after the other in one message. */
export const MAP_TASK = "celery.map";

/** The same with each item spread: `task(...item)`. */
export const STARMAP_TASK = "celery.starmap";
