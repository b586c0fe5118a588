import { expect, test } from "vitest";
import { Inbox } from "../../support/inbox.ts";
import { messageOf, messagesOf } from "../messages.ts";
import type { MakeSetup } from "./world.ts";

export function testRedelivery(setup: MakeSetup, travelTogether: boolean): void {
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

export function testConsuming(setup: MakeSetup, travelTogether: boolean): void {
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
