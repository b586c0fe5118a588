import { expect, test } from "vitest";
import { Inbox, messageIn } from "../../support/inbox.ts";
import { messageOf, messagesOf, richMessage } from "../messages.ts";
import type { BrokerWorld, MakeSetup, Setup } from "./world.ts";
import { eventually } from "./world.ts";

export function testPuttingAside(setup: MakeSetup): void {
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

export function testDeadLetters(setup: MakeSetup, travelTogether: boolean): void {
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
