import type { Delivery, Message, TurnRecord } from "@umbel/core";

/** One delivery on its way to its acknowledgement. */
export interface Run {
  readonly delivery: Delivery;
  readonly message: Message;
  /** The queue of a step that had no message of its own; absent where the delivery says it. See {@link queueOf}. */
  readonly queue?: string;
  /** Whether what it publishes may exist already (rule 4). Becomes true, never false again. */
  isSuspect: boolean;
  /** When its handler began; milliseconds since the epoch, absent where it did not run. */
  startedAtMs?: number;
  /** Whether an earlier delivery of it may have begun the handler, of a step that may have to be undone (rule 39). */
  isBegunBefore?: true;
  /** How its turn ended, when it was the first to store that. */
  stored?: TurnRecord;
}

/** The queue whose work a run is. */
export function queueOf({ delivery, queue = delivery.queue }: Run): string {
  return queue;
}

/** A delivery whose connection is gone: the broker delivers it again, and that run does what is left. */
export class Abandoned extends Error {}
