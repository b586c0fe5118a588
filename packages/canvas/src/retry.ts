import type { Message } from "@umbel/core";

/**
 * The message that begins a task's next turn: the same task under the same id, with all that comes after it, one more
 * attempt made. As Celery has it, its parent is the task itself.
 *
 * @param queue - The one that the message came from.
 * @param etaMs - Milliseconds since the epoch before which the next attempt must not begin.
 */
export function nextTurn(message: Message, queue: string, etaMs: number): Message {
  const { countdownMs: _over, ...options } = message.options;
  return {
    ...message,
    options: { ...options, queue },
    parent: message.id,
    retries: message.retries + 1,
    turn: message.turn + 1,
    nonce: null,
    suspect: false,
    etaMs,
  };
}
