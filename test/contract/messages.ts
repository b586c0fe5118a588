import type { Message } from "@umbel/core";

/** A message of a task without continuation, with what a test says of it. */
export function messageOf(id: string, queue: string, said: Partial<Message> = {}): Message {
  return {
    id,
    task: "add",
    args: [1, 2],
    kwargs: {},
    options: { queue },
    flow: id,
    parent: null,
    retries: 0,
    turn: 0,
    nonce: `nonce-${id}`,
    suspect: false,
    next: { steps: [], join: null },
    claim: null,
    replyTo: null,
    callbacks: [],
    errbacks: [],
    etaMs: null,
    expiresMs: null,
    ...said,
  };
}

/** So many messages, `0`, `1`, `2`, … */
export function messagesOf(count: number, queue: string): readonly Message[] {
  return Array.from({ length: count }, (_, i) => messageOf(String(i), queue));
}
