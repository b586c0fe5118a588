import type { Message } from "@umbel/core";
import { decodeBundle, isBundle } from "@umbel/core";
import { describe, expect, test } from "vitest";
import { Gathering } from "./gathering.ts";
import { encodeAll } from "./publication.ts";

function messageOf(id: string, said: Partial<Message> = {}): Message {
  return {
    ...{ id, task: "add", args: [1], kwargs: {}, options: {}, flow: id, parent: null, retries: 0, turn: 0 },
    ...{ nonce: id, suspect: false, next: { steps: [], join: null }, claim: null, replyTo: null },
    ...{ callbacks: [], errbacks: [], etaMs: null, expiresMs: null },
    ...said,
  };
}

/** What is published of some messages: the ids of each publication, with its queue where that is not `q`. */
function published(messages: readonly Message[]): readonly string[] {
  return [...encodeAll(messages, "q")].map(({ queue, content, properties }) => {
    const { headers = {}, contentType, correlationId } = properties;
    const encoded = {
      ...{ headers, contentType, contentEncoding: "utf-8", correlationId, replyTo: undefined, priority: 0 },
      body: content.toString(),
    };
    const ids = isBundle(encoded) ? decodeBundle(encoded).map(({ message }) => message.id) : [headers["id"]];
    return `${ids.join(" ")}${isBundle(encoded) ? " together" : ""}${queue === "q" ? "" : ` to ${queue}`}`;
  });
}

describe("messages that are published at once", () => {
  test("travel alone where nothing else is said", () => {
    expect(published([messageOf("a"), messageOf("b")])).toEqual(["a", "b"]);
  });

  test("travel together, so many in each", () => {
    const all = ["a", "b", "c", "d", "e"].map((id) => messageOf(id, { options: { bundle: 2 } }));
    expect(published(all)).toEqual(["a b together", "c d together", "e together"]);
  });

  test("travel with those beside them of the same queue, priority and bundle", () => {
    const of = (id: string, options: Message["options"]) =>
      messageOf(id, { options: { bundle: 9, ...options } });
    const all = [
      ...[of("a", {}), of("b", { queue: "q" }), of("c", { queue: "p" }), of("d", { queue: "p" })],
      ...[of("e", { priority: 1 }), of("f", { priority: 1 }), of("g", { bundle: 8 }), messageOf("h")],
    ];
    expect(published(all)).toEqual(["a b together", "c d together to p", "e f together", "g together", "h"]);
  });

  test("travel alone where they have to wait for their time", () => {
    const of = (id: string, etaMs: number | null) => messageOf(id, { etaMs, options: { bundle: 9 } });
    expect(published([of("a", null), of("b", null), of("c", 5), of("d", null)])).toEqual([
      "a b together",
      "c",
      "d together",
    ]);
  });

  test("travel alone, or with fewer, where they are large", () => {
    const of = (id: string, characters: number) =>
      messageOf(id, { args: ["x".repeat(characters)], options: { bundle: 9 } });
    expect(published([of("a", 10), of("b", 70_000), of("c", 40_000), of("d", 40_000), of("e", 10)])).toEqual([
      "a together",
      "b",
      "c together",
      "d e together",
    ]);
  });
});

describe("messages that are published one by one", () => {
  test("in one turn of the event loop go together, and share what becomes of them", async () => {
    const calls: string[] = [];
    const gathering = new Gathering(async (messages) => {
      calls.push(messages.map(({ id }) => id).join(" "));
      if (messages.some(({ id }) => id === "bad")) throw new Error("refused");
    });
    const first = Promise.all([
      gathering.add(messageOf("a")),
      Promise.resolve().then(() => gathering.add(messageOf("b"))),
    ]);
    expect(calls).toEqual([]);
    await first;
    const second = [gathering.add(messageOf("c")), gathering.add(messageOf("bad"))];
    expect(await Promise.allSettled(second)).toMatchObject([{ status: "rejected" }, { status: "rejected" }]);
    expect(calls).toEqual(["a b", "c bad"]);
  });
});
