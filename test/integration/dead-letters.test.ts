import { chain, chord } from "@umbel/canvas";
import type { Delivery } from "@umbel/core";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { messageOf } from "../contract/messages.ts";
import { AmqpWorld } from "../support/amqp-world.ts";
import { Distributed } from "../support/distributed.ts";
import { Inbox } from "../support/inbox.ts";
import type { TestService } from "../support/services.ts";
import { describeWith } from "../support/services.ts";

const IN_TIME = { timeoutMs: 20_000 };

/** Sets a policy for one queue as an operator does; it goes when the test ends. */
async function policy({ ctl }: TestService, queue: string, definition: object): Promise<void> {
  if (ctl === undefined) throw new Error("nobody may set a policy here");
  await ctl("-q", "set_policy", "--apply-to", "queues", queue, `^${queue}$`, JSON.stringify(definition));
  onTestFinished(async () => void (await ctl("-q", "clear_policy", queue)));
  const inForce = async () =>
    expect(await ctl("-q", "list_queues", "name", "policy")).toContain(`${queue}\t${queue}`);
  await vi.waitFor(inForce, { timeout: 20_000, interval: 50 });
}

/** What only RabbitMQ has: `test/contract/broker/` has what every broker does. */
describeWith("amqp", "what RabbitMQ gives up", ({ amqp }) => {
  async function setup() {
    const world = await AmqpWorld.open(amqp.url);
    onTestFinished(() => world.close());
    const [broker, name] = [world.broker(), world.queue()];
    await broker.open();
    return { world, broker, name };
  }

  const quorum = { arguments: { "x-queue-type": "quorum", "x-delivery-limit": 1 } };

  test("because it was delivered too often says so", async () => {
    const { world, broker, name } = await setup();
    const dead = await Inbox.ofDeadLetters(broker, name);
    const queue = await world.queueThat(quorum, name);
    const inbox = await Inbox.open(broker, queue);
    await broker.publish([messageOf("a", queue)]);
    for (const index of [0, 1]) (await inbox.at(index)).requeue();
    expect((await dead.of("a")).death).toEqual({ reason: "delivery_limit", queue, count: 1 });
  });

  test("because its queue was full says so", async () => {
    const { world, broker, name } = await setup();
    const dead = await Inbox.ofDeadLetters(broker, name);
    const queue = await world.queueThat({ maxLength: 1 }, name);
    await broker.publish([messageOf("a", queue), messageOf("b", queue)]);
    expect((await dead.of("a")).death).toEqual({ reason: "maxlen", queue, count: 1 });
  });

  test("because somebody rejected it says so", async () => {
    const { world, broker, name } = await setup();
    const dead = await Inbox.ofDeadLetters(broker, name);
    const queue = await world.queueThat({}, name);
    await broker.publish([messageOf("a", queue)]);
    const raw = await world.channel.get(queue);
    if (raw !== false) world.channel.nack(raw, false, false);
    expect((await dead.of("a")).death).toEqual({ reason: "rejected", queue, count: 1 });
  });

  test.skipIf(amqp.ctl === undefined)(
    "comes from a queue that was there before, without arguments, by a policy",
    async () => {
      const { world, broker, name } = await setup();
      const queue = world.queue();
      await world.channel.assertQueue(queue, { durable: true });
      const dead = await Inbox.ofDeadLetters(broker, name);
      await policy(amqp, queue, { "dead-letter-exchange": name, "message-ttl": 0 });
      await broker.publish([messageOf("a", queue)]);
      expect((await dead.of("a")).death).toEqual({ reason: "expired", queue, count: 1 });
      await world.channel.assertQueue(queue, { durable: true }); // as Celery declares it: not refused
    },
  );

  describe("is consumed as far as the broker lets us", () => {
    async function deadLetter(world: AmqpWorld, name: string, inbox: Inbox): Promise<Delivery> {
      const headers = { id: "a", task: "add" };
      const properties = { headers, contentType: "application/json" };
      world.channel.sendToQueue(name, Buffer.from("[[], {}, {}]"), properties);
      return inbox.of("a");
    }

    test("an exchange of that name is of another type: that is told", async () => {
      const { world, broker, name } = await setup();
      await world.channel.assertExchange(name, "direct", { durable: true });
      const inbox = await Inbox.ofDeadLetters(broker, name);
      const told = await world.told(broker, "dead-letters.refused");
      expect(told).toMatchObject({ name, reason: expect.stringContaining("PRECONDITION") });
      const { death } = await deadLetter(world, name, inbox);
      expect(death).toEqual({ reason: "unknown", queue: name, count: 1 });
    });

    test("the queue is another kind of queue: it is bound as it is", async () => {
      const { world, broker, name } = await setup();
      await world.channel.assertQueue(name, { durable: true, arguments: { "x-queue-type": "quorum" } });
      const inbox = await Inbox.ofDeadLetters(broker, name);
      const queue = await world.dyingQueue(name);
      await broker.publish([messageOf("a", queue)]);
      expect((await inbox.of("a")).death).toMatchObject({ reason: "expired", queue });
      expect(world.events(broker).map(({ event }) => event)).toEqual(["connection.opened"]);
    });

    test("the queue is somebody's own: nobody consumes, that is told, and the broker goes on", async () => {
      const { world, broker, name } = await setup();
      await world.channel.assertQueue(name, { exclusive: true });
      const consumer = await broker.consumeDeadLetters({ name, prefetch: 1, onDelivery: () => {} });
      expect(consumer).toBeNull();
      const told = await world.told(broker, "dead-letters.refused", 2);
      expect(told).toMatchObject({ name, reason: expect.stringContaining("RESOURCE_LOCKED") });
      const queue = world.queue();
      await broker.publish([messageOf("a", queue)]);
      await (await Inbox.open(broker, queue)).of("a");
    });
  });
});

describeWith(["amqp", "mongo"], "a flow whose message RabbitMQ gives up", (found) => {
  const { amqp } = found;

  test.skipIf(amqp.ctl === undefined)(
    "fails with it, because nobody serves its queue: its join, its tail and its handlers hear of it",
    async () => {
      await using world = await Distributed.open(found);
      const { add, mul, sum, drawn } = world.client;
      await world.startWorker();
      const nobody = await world.declare();
      await policy(amqp, nobody, { "dead-letter-exchange": world.deadLetters, "message-ttl": 0 });
      const lost = add.s(1, 1).set({ queue: nobody });
      const sums = chord([add.s(2, 2), lost], sum.s()).onFailure(drawn.note.s(7));
      const result = chain(sums, mul.s(2)).apply();
      await expect(result.get(IN_TIME)).rejects.toMatchObject({
        ...{ errorCode: "EXPIRED", task: "add" },
        message: expect.stringMatching(new RegExp(`expired, once.*queue ${nobody}`)),
      });
      expect((await world.untilNoted(1)).size).toBe(1);
      expect((await world.deadLetter(`${result.flow}.0.1`, nobody)).reason).toContain("expired");
    },
  );

  test("fails when it kills every worker that takes it", async () => {
    await using world = await Distributed.open(found);
    const { add, killer } = world.client;
    await world.declare(world.queue, {
      ...{ "x-queue-type": "quorum", "x-delivery-limit": 1 },
      "x-dead-letter-exchange": world.deadLetters,
    });
    const result = chain(killer.s(1), add.s(1)).apply();
    for (const times of [1, 2]) {
      await world.spawnWorker(1).ended;
      await world.untilBegan("killer", times);
    }
    await world.startWorker(1);
    await expect(result.get(IN_TIME)).rejects.toMatchObject({ errorCode: "DELIVERY_LIMIT", task: "killer" });
    expect(await world.began("killer")).toHaveLength(2);
  });
});
