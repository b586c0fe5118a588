import type { ErrorCode } from "./errors.ts";
import type { Failure } from "./outcome.ts";
import { engineFailure } from "./outcome.ts";

/** Where brokers put what they give up, where nothing else is said: the name of the exchange and of its queue. */
export const DEAD_LETTERS = "umbel.dead-letter";

/** That a broker gave a message up by itself: nobody runs it any more. */
export interface Death {
  /** RabbitMQ's word: `expired`, `delivery_limit`, `maxlen` or `rejected`. Of others nothing is known. */
  readonly reason: string;
  /** The queue that it was in. */
  readonly queue: string;
  /** How often it was given up there for this reason, this time included: more than once where somebody put it back. */
  readonly count: number;
}

/** What a task fails with whose message the broker gave up: why, where, and how often. */
export function deathFailure(death: Death, task: string, id: string): Failure {
  const { reason, queue, count } = death;
  const { code, say } = CAUSES.get(reason) ?? UNKNOWN;
  const times = count === 1 ? "once" : `${count} times`;
  return engineFailure(code, `the broker gave it up (${reason}, ${times}): ${say(queue)}`, task, id);
}

interface Cause {
  readonly code: ErrorCode;
  readonly say: (queue: string) => string;
}

const CAUSES = new Map<string, Cause>([
  [
    "expired",
    {
      code: "EXPIRED",
      say: (queue) => `it waited longer in the queue ${queue} than it may; does a worker serve that queue?`,
    },
  ],
  [
    "delivery_limit",
    {
      code: "DELIVERY_LIMIT",
      say: (queue) =>
        `the queue ${queue} delivered it as often as it may, and no worker ended it; do they die of it?`,
    },
  ],
  ["maxlen", { code: "QUEUE_FULL", say: (queue) => `the queue ${queue} was full; do its workers keep up?` }],
  [
    "rejected",
    { code: "REJECTED", say: (queue) => `somebody who consumes from the queue ${queue} rejected it` },
  ],
]);

const UNKNOWN: Cause = { code: "REJECTED", say: (queue) => `it was in the queue ${queue}` };
