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
}

/** What a task fails with whose message the broker gave up. */
export function deathFailure({ reason, queue }: Death, task: string, id: string): Failure {
  const { code, say } = CAUSES[reason] ?? unknownCause(reason);
  return engineFailure(code, say(queue), task, id);
}

interface Cause {
  readonly code: ErrorCode;
  readonly say: (queue: string) => string;
}

const CAUSES: Readonly<Record<string, Cause>> = {
  expired: {
    code: "EXPIRED",
    say: (queue) => `it waited longer in the queue ${queue} than it may; does a worker serve that queue?`,
  },
  delivery_limit: {
    code: "DELIVERY_LIMIT",
    say: (queue) =>
      `it was delivered from the queue ${queue} as often as it may be, and no worker ended it; do they die of it?`,
  },
  maxlen: { code: "QUEUE_FULL", say: (queue) => `the queue ${queue} was full, and the broker dropped it` },
  rejected: { code: "REJECTED", say: (queue) => `somebody who consumes from the queue ${queue} rejected it` },
};

function unknownCause(reason: string): Cause {
  return { code: "REJECTED", say: (queue) => `the broker gave it up in the queue ${queue}: ${reason}` };
}
