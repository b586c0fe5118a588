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

/** A message with everything that a message can have. */
export function richMessage(queue: string): Message {
  const task = { kind: "task", task: "next", args: [2], kwargs: {}, immutable: true } as const;
  const placed = { ...task, options: { queue: "other", priority: 3 } };
  return messageOf("F.0.1", queue, {
    args: [null, true, -1.5, 2 ** 53 - 1, "Grüße, 世界 \u{1F600} \u0000", [[]], { nested: { deep: [1] } }],
    kwargs: { keyword: "value" },
    options: { queue, priority: 5, headers: { tenant: "a", deep: { list: [1, null] } } },
    flow: "F",
    parent: "F.0.0",
    retries: 2,
    turn: 1,
    suspect: true,
    next: {
      steps: [{ ...placed, id: "F.0.2" }],
      join: { join: "F.0", index: 1, size: 3, ends: ["F.1"], outer: null },
    },
    claim: "F.0",
    replyTo: "umbel.reply.me",
    callbacks: [{ ...placed, id: "F.0.1+link.0" }],
    etaMs: 1_700_000_000_000,
    expiresMs: 1_700_000_100_000,
  });
}
