import type { Broker, Cancel, Delivery, Message, OutcomeRecord } from "@umbel/core";
import { isUndecodable } from "@umbel/core";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { Inbox, messageIn } from "../support/inbox.ts";
import { messageOf, messagesOf } from "./messages.ts";
import { recordOf } from "./outcome-records.ts";

/** A server under test, with queues that nobody else uses. */
export interface BrokerWorld {
  /** Another client of the server, not opened yet. */
  broker(): Broker;
  /** Cuts a broker's connection hard. It connects again by itself, when it has noticed. */
  cut(broker: Broker): Promise<void>;
  /** A queue of a fresh name, not declared yet. */
  queue(): string;
  /** Where messages go whose step names no queue. */
  readonly defaultQueue: string;
  /** A queue whose messages the broker gives up as they come, as expired, and puts among the dead letters of a name. */
  dyingQueue(deadLetters: string): Promise<string>;
  /** What was put aside so far. */
  deadLetters(): Promise<readonly DeadLetter[]>;
  /** Ends all its brokers and removes its queues. */
  close(): Promise<void>;
}

export interface DeadLetter {
  readonly id: string | null;
  readonly queue: string;
  readonly reason: string;
}

/** A message that is not ours, as bytes. */
export interface RawMessage {
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly replyTo?: string;
  readonly correlationId?: string;
  readonly body: Buffer;
}

/** What only some brokers can be asked for. */
export interface BrokerExtras<World extends BrokerWorld> {
  /** Puts bytes into a queue, which is declared before; absent where everything that comes is a message of ours. */
  readonly putRaw?: (world: World, queue: string, raw: RawMessage) => Promise<void>;
  /** True where messages are handed over as the objects they are, and whoever changes one has to copy it. */
  readonly handsOverObjects?: boolean;
  /** True where several messages travel as one: then they are counted by prefetches, and delivered again, together. */
  readonly travelTogether?: boolean;
}

/** The contract of {@link Broker}, as tests of one broker. */
export function describeBroker<World extends BrokerWorld>(
  name: string,
  makeWorld: () => Promise<World>,
  { putRaw, handsOverObjects = false, travelTogether = false }: BrokerExtras<World> = {},
): void {
  describe(name, () => {
    async function setup(): Promise<Setup<World>> {
      const world = await makeWorld();
      onTestFinished(() => world.close());
      const broker = world.broker();
      await broker.open();
      return { world, broker, queue: world.queue() };
    }

    describe("publishing", () => testPublishing(setup));
    describe.skipIf(handsOverObjects)("a message, once published", () => testCopying(setup));
    describe("redelivery", () => testRedelivery(setup, travelTogether));
    describe("consuming", () => testConsuming(setup, travelTogether));
    describe("a lost connection", () => testLostConnection(setup));
    describe("putting aside", () => testPuttingAside(setup));
    describe("dead letters", () => testDeadLetters(setup, travelTogether));
    describe("replies", () => testReplies(setup));
    describe("signals", () => testSignals(setup));
    describe("closing", () => testClosing(setup));
    if (putRaw !== undefined) describe("what cannot be read", () => testUndecodable(setup, putRaw));
    // oxlint-disable-next-line vitest/no-disabled-tests -- this part needs bytes that are not ours
    else describe.skip("what cannot be read (all messages of this broker are its own)");
  });
}

interface Setup<World extends BrokerWorld> {
  readonly world: World;
  /** Opened. */
  readonly broker: Broker;
  readonly queue: string;
}

type MakeSetup<World extends BrokerWorld = BrokerWorld> = () => Promise<Setup<World>>;

function testPublishing(setup: MakeSetup): void {
  test("a message is delivered as it was published", async () => {
    const { broker, queue } = await setup();
    const sent = richMessage(queue);
    await broker.publish([sent]);
    const delivery = await (await Inbox.open(broker, queue)).at(0);
    expect(delivery.queue).toBe(queue);
    const { options, ...rest } = messageIn(delivery);
    const { options: sentOptions, ...sentRest } = sent;
    expect(rest).toEqual(sentRest);
    expect(options).toMatchObject({ priority: sentOptions.priority, headers: sentOptions.headers });
  });

  test("messages of a queue are delivered in the order in which they were published", async () => {
    const { broker, queue } = await setup();
    const inbox = await Inbox.open(broker, queue, 1_000);
    const messages = messagesOf(500, queue);
    await broker.publish(messages.slice(0, 300));
    await broker.publish(messages.slice(300));
    await inbox.first(500);
    expect(inbox.ids).toEqual(messages.map(({ id }) => id));
  });

  test("what was published before anybody consumes waits", async () => {
    const { world, broker, queue } = await setup();
    await broker.publish([messageOf("early", queue)]);
    await broker.close();
    await (await Inbox.open(world.broker(), queue)).of("early");
  });

  test("a message whose step names no queue goes to the default queue", async () => {
    const { world, broker } = await setup();
    await broker.publish([{ ...messageOf("somewhere", ""), options: {} }]);
    const delivery = await (await Inbox.open(broker, world.defaultQueue)).of("somewhere");
    expect(delivery.queue).toBe(world.defaultQueue);
  });

  test("one call publishes to several queues", async () => {
    const { world, broker, queue } = await setup();
    const other = world.queue();
    await broker.publish([messageOf("here", queue), messageOf("there", other), messageOf("here too", queue)]);
    await (await Inbox.open(broker, other)).of("there");
    const inbox = await Inbox.open(broker, queue);
    await inbox.first(2);
    expect(inbox.ids).toEqual(["here", "here too"]);
  });

  test("publishing nothing is done at once", async () => {
    const { broker } = await setup();
    await expect(broker.publish([])).resolves.toBeUndefined();
  });
}

function testCopying(setup: MakeSetup): void {
  test("changing a message that was published does not change what is delivered", async () => {
    const { broker, queue } = await setup();
    const args = [{ city: "Trier" }];
    await broker.publish([messageOf("letter", queue, { args })]);
    args[0] = { city: "Ulm" };
    const delivery = await (await Inbox.open(broker, queue)).at(0);
    expect(messageIn(delivery).args).toEqual([{ city: "Trier" }]);
  });

  test("changing a message that was delivered does not change what is delivered again", async () => {
    const { broker, queue } = await setup();
    const inbox = await Inbox.open(broker, queue);
    await broker.publish([messageOf("letter", queue, { args: [{ city: "Trier" }] })]);
    const delivery = await inbox.at(0);
    (messageIn(delivery).args[0] as { city: string }).city = "Ulm";
    delivery.requeue();
    expect(messageIn(await inbox.at(1)).args).toEqual([{ city: "Trier" }]);
  });
}

function testRedelivery(setup: MakeSetup, travelTogether: boolean): void {
  test("a first delivery is not marked", async () => {
    const { broker, queue } = await setup();
    await broker.publish([messageOf("a", queue)]);
    expect(await (await Inbox.open(broker, queue)).at(0)).toMatchObject({ redelivered: false, rank: 0 });
  });

  test("the rank of a delivery is above that of the first, and never falls", async () => {
    const { broker, queue } = await setup();
    const inbox = await Inbox.open(broker, queue);
    await broker.publish([messageOf("a", queue)]);
    const ranks: number[] = [];
    for (let nth = 0; nth < 4; nth += 1) {
      const delivery = await inbox.at(nth);
      ranks.push(delivery.rank);
      delivery.requeue();
    }
    expect(ranks[1]).toBeGreaterThan(0);
    expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
  });

  test("what is not acknowledged when its consumer closes is delivered again, marked", async () => {
    const { world, broker, queue } = await setup();
    const first = await Inbox.open(broker, queue);
    await broker.publish([messageOf("a", queue)]);
    await first.of("a");
    await first.consumer.close();
    await (await Inbox.open(world.broker(), queue)).of("a", { redelivered: true });
  });

  test("what is not acknowledged when its connection is cut is delivered again, marked", async () => {
    const { world, broker, queue } = await setup();
    const inbox = await Inbox.open(broker, queue);
    await broker.publish([messageOf("a", queue)]);
    await inbox.of("a");
    await world.cut(broker);
    await inbox.of("a", { redelivered: true });
  });

  test.skipIf(travelTogether)("what was acknowledged is not delivered again", async () => {
    const { world, broker, queue } = await setup();
    const inbox = await Inbox.open(broker, queue);
    await broker.publish(messagesOf(5, queue));
    for (const index of [3, 0, 1]) (await inbox.at(index)).ack();
    await inbox.first(5);
    await inbox.consumer.close();
    const heir = await Inbox.open(world.broker(), queue);
    await broker.publish([messageOf("last", queue)]);
    await heir.of("last");
    expect(heir.ids).toEqual(["2", "4", "last"]);
  });

  test("what was acknowledged just before its broker closes is not delivered again", async () => {
    const { world, broker, queue } = await setup();
    const inbox = await Inbox.open(broker, queue);
    await broker.publish(messagesOf(50, queue));
    for (const delivery of await inbox.first(50)) delivery.ack();
    await broker.close();
    const [next, heir] = [world.broker(), world.broker()];
    await next.publish([messageOf("last", queue)]);
    const left = await Inbox.open(heir, queue);
    await left.of("last");
    expect(left.ids).toEqual(["last"]);
  });

  test("what is put back is delivered again, marked", async () => {
    const { broker, queue } = await setup();
    const inbox = await Inbox.open(broker, queue);
    await broker.publish([messageOf("a", queue)]);
    (await inbox.of("a")).requeue();
    await inbox.of("a", { redelivered: true });
  });

  test.skipIf(travelTogether)("a delivery is settled once: what comes after does nothing", async () => {
    const { broker, queue } = await setup();
    const inbox = await Inbox.open(broker, queue);
    await broker.publish([messageOf("acked", queue), messageOf("returned", queue)]);
    const [acked, returned] = [await inbox.of("acked"), await inbox.of("returned")];
    acked.ack();
    acked.ack();
    acked.requeue();
    returned.requeue();
    returned.ack();
    const again = await inbox.of("returned", { redelivered: true });
    await again.publish([messageOf("last", queue)]);
    await inbox.of("last");
    expect(inbox.ids).toEqual(["acked", "returned", "returned", "last"]);
    expect(again.isAlive()).toBe(true);
  });
}

function testConsuming(setup: MakeSetup, travelTogether: boolean): void {
  test.skipIf(travelTogether)("each message goes to one consumer of its queue", async () => {
    const { world, broker, queue } = await setup();
    const inboxes = [await Inbox.open(broker, queue, 5), await Inbox.open(world.broker(), queue, 5)] as const;
    await broker.publish(messagesOf(10, queue));
    await Promise.all(inboxes.map((inbox) => inbox.first(5)));
    const ids = inboxes.flatMap((inbox) => inbox.ids);
    expect(new Set(ids).size).toBe(10);
  });

  test("a consumer consumes from all its queues", async () => {
    const { world, broker, queue } = await setup();
    const other = world.queue();
    const inbox = await Inbox.open(broker, [queue, other]);
    await broker.publish([messageOf("a", queue), messageOf("b", other)]);
    expect((await inbox.of("a")).queue).toBe(queue);
    expect((await inbox.of("b")).queue).toBe(other);
  });

  test.skipIf(travelTogether)("a queue that is named twice is consumed from once", async () => {
    const { world, broker, queue } = await setup();
    const narrow = await Inbox.open(broker, [queue, queue], 1);
    await broker.publish(messagesOf(5, queue));
    await narrow.first(1);
    await (await Inbox.open(world.broker(), queue)).first(4);
    expect(narrow.deliveries).toHaveLength(1);
  });

  test.skipIf(travelTogether)("no more deliveries than the prefetch are out at a time", async () => {
    const { world, broker, queue } = await setup();
    const narrow = await Inbox.open(broker, queue, 3);
    await broker.publish(messagesOf(8, queue));
    await narrow.first(3);
    const rest = await Inbox.open(world.broker(), queue);
    await rest.first(5);
    expect(narrow.deliveries).toHaveLength(3);
  });

  test.skipIf(travelTogether)("the prefetch counts over all queues", async () => {
    const { world, broker, queue } = await setup();
    const queues = [queue, world.queue(), world.queue()];
    const narrow = await Inbox.open(broker, queues, 4);
    for (const each of queues) await broker.publish(messagesOf(6, each));
    await narrow.first(4);
    const rest = await Inbox.open(world.broker(), queues);
    await rest.first(14);
    expect(narrow.deliveries).toHaveLength(4);
  });

  test("acknowledging makes room for the next, one by one", async () => {
    const { broker, queue } = await setup();
    const inbox = await Inbox.open(broker, queue, 1);
    await broker.publish(messagesOf(5, queue));
    for (let i = 0; i < 5; i += 1) (await inbox.at(i)).ack();
    expect(inbox.ids).toEqual(["0", "1", "2", "3", "4"]);
  });

  test("putting back makes room for the next", async () => {
    const { broker, queue } = await setup();
    const inbox = await Inbox.open(broker, queue, 1);
    await broker.publish([messageOf("a", queue)]);
    for (let i = 0; i < 3; i += 1) (await inbox.at(i)).requeue();
    (await inbox.at(3)).ack();
  });

  test("acknowledging what is not the oldest makes room, too", async () => {
    const { broker, queue } = await setup();
    const inbox = await Inbox.open(broker, queue, 2);
    await broker.publish(messagesOf(6, queue));
    for (let i = 1; i < 6; i += 1) (await inbox.at(i)).ack();
    expect(inbox.ids).toEqual(["0", "1", "2", "3", "4", "5"]);
  });

  test.skipIf(travelTogether)(
    "a cancelled consumer is delivered nothing more, and can still acknowledge",
    async () => {
      const { world, broker, queue } = await setup();
      const inbox = await Inbox.open(broker, queue, 1);
      await broker.publish(messagesOf(2, queue));
      const delivery = await inbox.at(0);
      await inbox.consumer.cancel();
      expect(delivery.isAlive()).toBe(true);
      delivery.ack();
      await inbox.consumer.close();
      const heir = await Inbox.open(world.broker(), queue);
      expect((await heir.of("1")).redelivered).toBe(false);
      expect(inbox.ids).toEqual(["0"]);
      expect(heir.ids).toEqual(["1"]);
    },
  );

  test("a delivery publishes", async () => {
    const { world, broker, queue } = await setup();
    const next = world.queue();
    await broker.publish([messageOf("a", queue)]);
    const delivery = await (await Inbox.open(broker, queue)).at(0);
    await delivery.publish([messageOf("b", next), messageOf("c", next)]);
    const inbox = await Inbox.open(world.broker(), next);
    await inbox.first(2);
    expect(inbox.ids).toEqual(["b", "c"]);
  });
}

function testLostConnection(setup: MakeSetup): void {
  test("a consumer consumes again by itself", async () => {
    const { world, broker, queue } = await setup();
    const inbox = await Inbox.open(broker, queue);
    await world.cut(broker);
    await world.broker().publish([messageOf("after", queue)]);
    await inbox.of("after");
  });

  test("a consumer survives several cuts", async () => {
    const { world, broker, queue } = await setup();
    const [inbox, other] = [await Inbox.open(broker, queue), world.broker()];
    for (const id of ["a", "b", "c"]) {
      await world.cut(broker);
      await other.publish([messageOf(id, queue)]);
      (await inbox.of(id)).ack();
    }
  });

  test("its deliveries are dead, and acknowledging them acknowledges nothing", async () => {
    const { world, broker, queue } = await setup();
    const inbox = await Inbox.open(broker, queue);
    await broker.publish([messageOf("a", queue)]);
    const lost = await inbox.of("a");
    expect(lost.isAlive()).toBe(true);
    await world.cut(broker);
    const again = await inbox.of("a", { redelivered: true });
    expect([lost.isAlive(), again.isAlive()]).toEqual([false, true]);
    lost.ack();
    await inbox.consumer.close();
    await (await Inbox.open(world.broker(), queue)).of("a", { redelivered: true });
  });

  test("putting a dead delivery back does nothing", async () => {
    const { world, broker, queue } = await setup();
    const inbox = await Inbox.open(broker, queue);
    await broker.publish([messageOf("a", queue)]);
    const lost = await inbox.of("a");
    await world.cut(broker);
    const again = await inbox.of("a", { redelivered: true });
    lost.requeue();
    again.ack();
    await broker.publish([messageOf("last", queue)]);
    await inbox.of("last");
    expect(inbox.ids).toEqual(["a", "a", "last"]);
  });

  test("a dead delivery neither publishes nor puts aside, also when there is a new connection", async () => {
    const { world, broker, queue } = await setup();
    const inbox = await Inbox.open(broker, queue);
    await broker.publish([messageOf("a", queue)]);
    const lost = await inbox.of("a");
    await world.cut(broker);
    await inbox.of("a", { redelivered: true });
    await expect(lost.publish([messageOf("ghost", queue)])).rejects.toMatchObject({ code: "PUBLISH_FAILED" });
    await expect(lost.deadLetter("late")).rejects.toMatchObject({ code: "PUBLISH_FAILED" });
    await broker.publish([messageOf("last", queue)]);
    await inbox.of("last");
    expect(inbox.ids).not.toContain("ghost");
  });

  test("a delivery whose consumer was closed is dead", async () => {
    const { broker, queue } = await setup();
    const inbox = await Inbox.open(broker, queue);
    await broker.publish([messageOf("a", queue)]);
    const delivery = await inbox.of("a");
    await inbox.consumer.close();
    expect(delivery.isAlive()).toBe(false);
    await expect(delivery.publish([messageOf("b", queue)])).rejects.toMatchObject({ code: "PUBLISH_FAILED" });
  });

  test("a cancelled consumer stays cancelled", async () => {
    const { world, broker, queue } = await setup();
    const inbox = await Inbox.open(broker, queue);
    await inbox.consumer.cancel();
    await world.cut(broker);
    await eventually(() => broker.publish([messageOf("a", queue)]));
    await (await Inbox.open(broker, queue)).of("a");
    expect(inbox.ids).toEqual([]);
  });

  test("what is published afterwards arrives", async () => {
    const { world, broker, queue } = await setup();
    await world.cut(broker);
    await eventually(() => broker.publish([messageOf("a", queue)]));
    await (await Inbox.open(broker, queue)).of("a");
  });
}

function testPuttingAside(setup: MakeSetup): void {
  test("a dead letter has the reason and its queue, and has still to be acknowledged", async () => {
    const { world, broker, queue } = await setup();
    const id = world.queue(); // as unique as a queue's name
    const inbox = await Inbox.open(broker, queue);
    await broker.publish([messageOf(id, queue)]);
    await (await inbox.of(id)).deadLetter("no task of this name");
    await eventually(async () => {
      const letters = await world.deadLetters();
      expect(letters).toContainEqual({ id, queue, reason: "no task of this name" });
    });
    await inbox.consumer.close();
    await (await Inbox.open(broker, queue)).of(id, { redelivered: true });
  });
}

function testDeadLetters(setup: MakeSetup, travelTogether: boolean): void {
  async function dying(): Promise<Setup<BrokerWorld> & { readonly name: string; readonly dies: string }> {
    const made = await setup();
    const name = made.world.queue();
    return { ...made, name, dies: await made.world.dyingQueue(name) };
  }

  test("what the broker gave up is delivered as it was, with why and where it died", async () => {
    const { broker, name, dies } = await dying();
    const inbox = await Inbox.ofDeadLetters(broker, name);
    const sent = richMessage(dies);
    await broker.publish([sent]);
    const delivery = await inbox.of(sent.id);
    expect(delivery.death).toEqual({ reason: "expired", queue: dies, count: 1 });
    expect([delivery.queue, delivery.redelivered]).toEqual([dies, false]);
    const { options: _sent, ...rest } = sent;
    expect(messageIn(delivery)).toMatchObject(rest);
  });

  test("what is to run has no death", async () => {
    const { broker, queue } = await setup();
    await broker.publish([messageOf("a", queue)]);
    expect((await (await Inbox.open(broker, queue)).of("a")).death).toBeUndefined();
  });

  test("each goes to one of those who consume them", async () => {
    const { world, broker, name, dies } = await dying();
    const inboxes = [
      await Inbox.ofDeadLetters(broker, name),
      await Inbox.ofDeadLetters(world.broker(), name),
    ];
    await broker.publish(messagesOf(10, dies));
    const ids = () => inboxes.flatMap((inbox) => inbox.ids);
    await eventually(async () => expect(ids()).toHaveLength(10));
    expect(new Set(ids()).size).toBe(10);
  });

  test("one that is not acknowledged when its consumer closes is delivered again, marked, as dead as it was", async () => {
    const { world, broker, name, dies } = await dying();
    const first = await Inbox.ofDeadLetters(broker, name);
    await broker.publish([messageOf("a", dies)]);
    await first.of("a");
    await first.consumer.close();
    const again = await (await Inbox.ofDeadLetters(world.broker(), name)).of("a", { redelivered: true });
    expect(again.death).toEqual({ reason: "expired", queue: dies, count: 1 });
  });

  test("one that is put back, or whose connection is cut, is delivered again as a dead letter", async () => {
    const { world, broker, name, dies } = await dying();
    const inbox = await Inbox.ofDeadLetters(broker, name);
    await broker.publish([messageOf("a", dies)]);
    (await inbox.of("a")).requeue();
    await inbox.of("a", { redelivered: true });
    await world.cut(broker);
    expect((await inbox.at(2)).death).toMatchObject({ reason: "expired", queue: dies });
  });

  test.skipIf(travelTogether)("one that was acknowledged is not delivered again", async () => {
    const { world, broker, name, dies } = await dying();
    const first = await Inbox.ofDeadLetters(broker, name);
    await broker.publish(messagesOf(2, dies));
    (await first.of("0")).ack();
    await first.of("1");
    await first.consumer.close();
    const heir = await Inbox.ofDeadLetters(world.broker(), name);
    await heir.of("1", { redelivered: true });
    expect(heir.ids).toEqual(["1"]);
  });

  test("a copy that is put aside says where it died", async () => {
    const { world, broker, name, dies } = await dying();
    const inbox = await Inbox.ofDeadLetters(broker, name);
    const id = world.queue();
    await broker.publish([messageOf(id, dies)]);
    await (await inbox.of(id)).deadLetter("it expired");
    await eventually(async () => {
      expect(await world.deadLetters()).toContainEqual({ id, queue: dies, reason: "it expired" });
    });
  });
}

function testReplies(setup: MakeSetup): void {
  test("outcomes go to who listens at the address, in batches", async () => {
    const { world, broker } = await setup();
    const mailbox = await listen(broker);
    const sent = [[recordOf("a"), recordOf("b")], [recordOf("c")]];
    const sender = world.broker();
    await sender.open();
    for (const batch of sent) sender.reply(mailbox.address, batch);
    await mailbox.until(3);
    expect(mailbox.batches.map((batch) => batch.map(({ id }) => id))).toEqual([["a", "b"], ["c"]]);
    expect(mailbox.batches[0]?.[0]).toMatchObject({ id: "a", outcome: { state: "SUCCESS", value: "a" } });
  });

  test("each broker has an address of its own", async () => {
    const { world, broker } = await setup();
    const [mine, yours] = [await listen(broker), await listen(world.broker())];
    broker.reply(yours.address, [recordOf("for you")]);
    broker.reply(mine.address, [recordOf("for me")]);
    await Promise.all([mine.until(1), yours.until(1)]);
    expect([mine.ids(), yours.ids()]).toEqual([["for me"], ["for you"]]);
  });

  test("a reply to nobody is no error", async () => {
    const { broker } = await setup();
    const mailbox = await listen(broker);
    broker.reply(`${mailbox.address}-not`, [recordOf("lost")]);
    broker.reply(mailbox.address, [recordOf("heard")]);
    await mailbox.until(1);
    expect(mailbox.ids()).toEqual(["heard"]);
  });

  test("after a cut the listener is told, and replies come again to the same address", async () => {
    const { world, broker } = await setup();
    const mailbox = await listen(broker);
    expect(mailbox.reconnections).toBe(0);
    await world.cut(broker);
    await vi.waitFor(() => expect(mailbox.reconnections).toBe(1), PATIENCE);
    const sender = world.broker();
    await sender.open();
    sender.reply(mailbox.address, [recordOf("again")]);
    await mailbox.until(1);
    expect(mailbox.ids()).toEqual(["again"]);
  });
}

function testSignals(setup: MakeSetup): void {
  test("what is broadcast is heard by all who listen, the sender too, in order", async () => {
    const { world, broker } = await setup();
    const other = world.broker();
    const radios = [await tuneIn(broker), await tuneIn(other), await tuneIn(other)];
    broker.broadcast([cancelOf("a"), cancelOf("b")]);
    broker.broadcast([cancelOf("c")]);
    for (const radio of radios) {
      await vi.waitFor(() => expect(radio.heard).toHaveLength(3), PATIENCE);
      expect(radio.heard).toEqual([cancelOf("a"), cancelOf("b"), cancelOf("c")]);
    }
  });

  test("a broadcast that nobody hears is no error", async () => {
    const { world, broker } = await setup();
    broker.broadcast([cancelOf("lost")]);
    const radio = await tuneIn(world.broker());
    await untilHeard(broker, radio, "heard");
    expect(radio.heard).not.toContainEqual(cancelOf("lost"));
  });

  test("who has ended it hears nothing more", async () => {
    const { broker } = await setup();
    const [gone, radio] = [await tuneIn(broker), await tuneIn(broker)];
    await gone.end();
    await untilHeard(broker, radio, "later");
    expect(gone.heard).toEqual([]);
  });

  test("after a cut the listener is told, and hears again", async () => {
    const { world, broker } = await setup();
    const radio = await tuneIn(broker);
    await world.cut(broker);
    await vi.waitFor(() => expect(radio.reconnections()).toBe(1), PATIENCE);
    const sender = world.broker();
    await sender.open();
    await untilHeard(sender, radio, "again");
  });
}

interface Radio {
  readonly heard: Cancel[];
  readonly reconnections: () => number;
  readonly end: () => Promise<void>;
}

async function tuneIn(broker: Broker): Promise<Radio> {
  const heard: Cancel[] = [];
  let reconnections = 0;
  const end = await broker.onSignal({
    onSignal: (cancels) => void heard.push(...cancels),
    onReconnected: () => void (reconnections += 1),
  });
  return { heard, reconnections: () => reconnections, end };
}

async function untilHeard(sender: Broker, radio: Radio, scope: string): Promise<void> {
  sender.broadcast([cancelOf(scope)]);
  await vi.waitFor(() => expect(radio.heard).toContainEqual(cancelOf(scope)), PATIENCE);
}

function cancelOf(scope: string): Cancel {
  return { scope, reason: `no ${scope}` };
}

function testClosing(setup: MakeSetup): void {
  test("what a closed broker had not acknowledged is delivered again, marked", async () => {
    const { world, broker, queue } = await setup();
    const inbox = await Inbox.open(broker, queue);
    await broker.publish([messageOf("a", queue)]);
    await inbox.of("a");
    await broker.close();
    await (await Inbox.open(world.broker(), queue)).of("a", { redelivered: true });
  });

  test("a closed broker is delivered nothing and told nothing", async () => {
    const { world, broker, queue } = await setup();
    const [inbox, mailbox] = [await Inbox.open(broker, queue), await listen(broker)];
    await broker.close();
    const other = world.broker();
    other.reply(mailbox.address, [recordOf("late")]);
    await other.publish([messageOf("late", queue)]);
    await (await Inbox.open(other, queue)).of("late");
    expect([inbox.ids, mailbox.ids(), mailbox.reconnections]).toEqual([[], [], 0]);
  });

  test("closing twice is as good as once, also for a consumer, and in any order", async () => {
    const { broker, queue } = await setup();
    const { consumer } = await Inbox.open(broker, queue);
    await consumer.close();
    await consumer.close();
    await consumer.cancel();
    await broker.close();
    await broker.close();
    await consumer.cancel();
    await consumer.close();
  });

  test("opening twice is as good as once", async () => {
    const { broker } = await setup();
    await broker.open();
  });
}

function testUndecodable<World extends BrokerWorld>(
  setup: MakeSetup<World>,
  putRaw: NonNullable<BrokerExtras<World>["putRaw"]>,
): void {
  const good = { headers: { id: "raw", task: "add" }, contentType: "application/json" };
  const body = Buffer.from("[[], {}, {}]");

  async function deliver(raw: RawMessage): Promise<Delivery> {
    const { world, broker, queue } = await setup();
    await putRaw(world, queue, raw);
    return (await Inbox.open(broker, queue)).at(0);
  }

  test("the smallest message that Celery runs is read", async () => {
    expect(messageIn(await deliver({ ...good, body }))).toMatchObject({
      id: "raw",
      task: "add",
      nonce: null,
    });
  });

  test.each([
    ["no headers", { contentType: "application/json", body }, "protocol 2"],
    ["a body that is not JSON", { ...good, body: Buffer.from("{") }, "not JSON"],
    ["a body that is not utf-8", { ...good, body: Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d]) }, "not utf-8"],
    ["a body that is empty", { ...good, body: Buffer.alloc(0) }, "not JSON"],
    ["a body of two parts", { ...good, body: Buffer.from("[[], {}]") }, "[args, kwargs, embed]"],
    [
      "pickles",
      { ...good, contentType: "application/x-python-serialize", body: Buffer.from([0x80, 5]) },
      "content type",
    ],
  ])("%s: it is delivered, with the reason", async (_, raw, reason) => {
    const delivery = await deliver(raw);
    const { message } = delivery;
    expect(isUndecodable(message) && message.undecodable).toContain(reason);
    delivery.ack();
  });

  test("it has the id, the task and the reply address, as far as its headers tell", async () => {
    const address = "umbel.reply.somebody";
    const known = await deliver({ ...good, replyTo: address, body: Buffer.from("?") });
    expect(known.message).toMatchObject({ id: "raw", task: "add", replyTo: address });
    const correlated = await deliver({ correlationId: "by property", body: Buffer.from("?") });
    expect(correlated.message).toMatchObject({ id: "by property", task: null, replyTo: null });
  });

  test("headers that JSON does not have do not matter", async () => {
    const odd = {
      bytes: Buffer.from([0, 255]),
      time: { "!": "timestamp", value: 1_700_000_000 },
      price: { "!": "decimal", value: { places: 2, digits: 1_999 } },
      nested: [{ deep: Buffer.from("x") }],
    };
    const { options } = messageIn(await deliver({ ...good, headers: { ...good.headers, ...odd }, body }));
    expect(JSON.parse(JSON.stringify(options))).toEqual(options);
    expect(options.headers?.["bytes"]).toEqual({ __type__: "base64", __value__: "AP8=" });
  });

  test("it is put aside as it came", async () => {
    const { world, broker, queue } = await setup();
    const id = world.queue();
    await putRaw(world, queue, { headers: { id }, body: Buffer.from([0xff]) });
    await (await (await Inbox.open(broker, queue)).at(0)).deadLetter("bytes");
    await eventually(async () => {
      expect(await world.deadLetters()).toContainEqual({ id, queue, reason: "bytes" });
    });
  });
}

/** A message with everything that a message can have. */
function richMessage(queue: string): Message {
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

interface Mailbox {
  readonly address: string;
  readonly batches: (readonly OutcomeRecord[])[];
  readonly reconnections: number;
  ids(): readonly string[];
  until(count: number): Promise<void>;
}

async function listen(broker: Broker): Promise<Mailbox> {
  const batches: (readonly OutcomeRecord[])[] = [];
  let reconnections = 0;
  const address = await broker.listen(
    (records) => void batches.push(records),
    () => void (reconnections += 1),
  );
  const ids = () => batches.flat().map(({ id }) => id);
  const until = (count: number) => vi.waitFor(() => expect(ids()).toHaveLength(count), PATIENCE);
  return {
    address,
    batches,
    get reconnections() {
      return reconnections;
    },
    ids,
    until,
  };
}

/** Tries until it does not throw: a cut connection is noticed when it is, a dead letter may be looked at by others. */
async function eventually(attempt: () => Promise<void>): Promise<void> {
  await vi.waitFor(attempt, PATIENCE);
}

const PATIENCE = { timeout: 10_000, interval: 10 };
