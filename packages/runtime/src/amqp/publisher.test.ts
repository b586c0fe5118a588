import type { ConfirmChannel } from "amqplib";
import { EventEmitter } from "node:events";
import { describe, expect, test } from "vitest";
import { GuardedChannel } from "./channel.ts";
import type { Link } from "./link.ts";
import { Outbox } from "./outbox.ts";
import type { Publication } from "./publication.ts";
import { Publisher } from "./publisher.ts";
import type { Topology } from "./topology.ts";

/** A confirm channel that keeps what is published on it, and answers when a test says so. */
class FakeChannel extends EventEmitter {
  readonly published: { readonly queue: string; readonly content: Buffer; readonly properties: object }[] =
    [];
  readonly #confirms: ((error: Error | null) => void)[] = [];

  publish(
    _: string,
    queue: string,
    content: Buffer,
    properties: object,
    confirm: (error: Error | null) => void,
  ): boolean {
    this.published.push({ queue, content, properties });
    this.#confirms.push(confirm);
    return true;
  }

  /** Answers the oldest, so many of them. */
  confirm(count: number): void {
    for (const confirm of this.#confirms.splice(0, count)) confirm(null);
  }

  /** Refuses the oldest. */
  refuse(): void {
    this.#confirms.shift()?.(new Error("message nacked"));
  }

  /** Gives one back, as published at that place. */
  giveBack(index: number): void {
    const { queue, content, properties } = this.published[index] as (typeof this.published)[number];
    this.emit("return", { fields: { routingKey: queue }, properties, content });
  }

  guarded(): GuardedChannel<ConfirmChannel> {
    return new GuardedChannel(this as unknown as ConfirmChannel, () => null);
  }
}

/** Queues that are declared when a test says so. */
class FakeQueues {
  readonly #settled: Set<string>;
  readonly declaring: {
    readonly queue: string;
    readonly resolve: () => void;
    readonly reject: (error: Error) => void;
  }[] = [];

  constructor(...settled: readonly string[]) {
    this.#settled = new Set(settled);
  }

  isSettled(queue: string): boolean {
    return this.#settled.has(queue);
  }

  async declare(queue: string): Promise<void> {
    await new Promise<void>((resolve, reject) => this.declaring.push({ queue, resolve, reject }));
    this.#settled.add(queue);
  }

  declareAgain(): Promise<void> {
    return Promise.resolve();
  }
}

function publicationOf(id: string, { queue = "q", umbel = "", size = 1 } = {}): Publication {
  const properties = { correlationId: id, headers: { umbel } };
  return { queue, content: Buffer.alloc(size, id), properties, title: `task ${id}` };
}

describe("what comes back", () => {
  function send(publications: readonly Publication[]) {
    const channel = new FakeChannel();
    const outbox = new Outbox(channel.guarded());
    const answers: string[] = [];
    publications.forEach((publication, i) => outbox.send(publication, (answer) => (answers[i] = answer)));
    return { channel, answers };
  }

  test("is one of those that are alike, and only one", () => {
    const { channel, answers } = send([publicationOf("a"), publicationOf("a"), publicationOf("a")]);
    channel.giveBack(1);
    channel.confirm(3);
    expect(answers.toSorted()).toEqual(["returned", "taken", "taken"]);
  });

  test.each([
    ["content", publicationOf("a", { size: 2 })],
    ["id", publicationOf("b")],
    ["queue", publicationOf("a", { queue: "other" })],
    ["nonce", publicationOf("a", { umbel: '{"n":"2"}' })],
  ])("is told from what has another %s", (_, other) => {
    const { channel, answers } = send([publicationOf("a"), other, publicationOf("a")]);
    channel.giveBack(1);
    channel.confirm(3);
    expect(answers).toEqual(["taken", "returned", "taken"]);
  });

  test("is not taken for one that was confirmed before", () => {
    const { channel, answers } = send([publicationOf("a"), publicationOf("a")]);
    channel.confirm(1);
    channel.giveBack(1);
    channel.confirm(1);
    expect(answers).toEqual(["taken", "returned"]);
  });
});

describe("one call", () => {
  /** @param queues - Those that are declared, and all others while they can be. */
  function publish(publications: Iterable<Publication>, queues = new FakeQueues("q")) {
    const channel = new FakeChannel();
    const link = { confirmChannel: () => Promise.resolve(channel.guarded()), reason: null };
    const topology = queues;
    const publisher = new Publisher(link as unknown as Link, topology as unknown as Topology);
    return { channel, publishing: publisher.publish(publications[Symbol.iterator]()) };
  }

  /** All turns of the event loop that sending takes. */
  async function sent(): Promise<void> {
    for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  test("has at most 500 messages on their way, and is done when the last is confirmed", async () => {
    const { channel, publishing } = publish(Array.from({ length: 1000 }, (_, i) => publicationOf(String(i))));
    let isDone = false;
    void publishing.then(() => (isDone = true));
    for (const [confirmed, published] of [
      [0, 500],
      [1, 501],
      [499, 1000],
      [499, 1000],
    ] as const) {
      channel.confirm(confirmed);
      await sent();
      expect([channel.published.length, isDone]).toEqual([published, false]);
    }
    channel.confirm(1);
    await publishing;
  });

  test("sends 125 in a turn of the event loop", async () => {
    const { channel } = publish(Array.from({ length: 500 }, (_, i) => publicationOf(String(i))));
    const counts: number[] = [];
    for (let turn = 0; turn < 3; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      counts.push(channel.published.length);
    }
    expect(counts).toEqual([125, 250, 375]);
  });

  test("has at most 32 MiB on their way, or one message", async () => {
    const mebibytes = (count: number) => publicationOf(String(count), { size: count * 1024 * 1024 });
    const { channel, publishing } = publish([
      mebibytes(20),
      mebibytes(12),
      mebibytes(1),
      mebibytes(40),
      mebibytes(1),
    ]);
    for (const [confirmed, published] of [
      [0, 2],
      [1, 4],
      [2, 4],
      [1, 5],
    ] as const) {
      channel.confirm(confirmed);
      await sent();
      expect(channel.published).toHaveLength(published);
    }
    channel.confirm(1);
    await publishing;
  });

  test("sends what came back once more, and no other", async () => {
    const { channel, publishing } = publish([publicationOf("a"), publicationOf("b"), publicationOf("c")]);
    await sent();
    channel.giveBack(1);
    channel.confirm(3);
    await sent();
    expect(channel.published.map(({ content }) => String(content))).toEqual(["a", "b", "c", "b"]);
    channel.confirm(1);
    await publishing;
  });

  test("that has failed sends nothing more", async () => {
    const { channel, publishing } = publish([publicationOf("a"), publicationOf("b")]);
    await sent();
    channel.giveBack(0);
    channel.confirm(1);
    channel.refuse();
    await expect(publishing).rejects.toMatchObject({ code: "PUBLISH_FAILED" });
    await sent();
    expect(channel.published).toHaveLength(2);
  });

  test("waits where it meets a queue for that queue, and keeps its order", async () => {
    const queues = new FakeQueues("q");
    const others = [
      publicationOf("b", { queue: "r" }),
      publicationOf("c"),
      publicationOf("d", { queue: "r" }),
    ];
    const { channel, publishing } = publish([publicationOf("a"), ...others], queues);
    const contents = () => channel.published.map(({ content }) => String(content));
    await sent();
    channel.confirm(1);
    await sent();
    expect(contents()).toEqual(["a"]);
    queues.declaring[0]?.resolve();
    await sent();
    expect(contents()).toEqual(["a", "b", "c", "d"]);
    expect(queues.declaring.map(({ queue }) => queue)).toEqual(["r"]);
    channel.confirm(3);
    await publishing;
  });

  test.each([
    ["nothing was sent, where its first queue", ["r"], "BROKER_UNAVAILABLE"],
    ["what was taken is not known, where a later one", ["q", "r"], "PUBLISH_FAILED"],
  ])("fails, and says that %s cannot be declared", async (_, names, code) => {
    const queues = new FakeQueues("q");
    const { publishing } = publish(
      names.map((queue) => publicationOf(queue, { queue })),
      queues,
    );
    await sent();
    queues.declaring[0]?.reject(new Error("the connection ended"));
    await expect(publishing).rejects.toMatchObject({
      code,
      message: expect.stringContaining("the connection ended"),
    });
  });

  test.each([["q"], ["r"]])("of which one cannot be encoded fails by that, on queue %s", async (queue) => {
    const queues = new FakeQueues("q");
    function* broken(): Generator<Publication, void> {
      yield publicationOf("a", { queue });
      throw new RangeError("too deep");
    }
    const { publishing } = publish(broken(), queues);
    const failing = expect(publishing).rejects.toThrow(new RangeError("too deep"));
    await sent();
    queues.declaring[0]?.resolve();
    await failing;
  });
});
