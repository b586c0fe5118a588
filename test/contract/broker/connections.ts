import { expect, test } from "vitest";
import { Inbox } from "../../support/inbox.ts";
import { messageOf } from "../messages.ts";
import { recordOf } from "../outcome-records.ts";
import { listen } from "./replies.ts";
import type { MakeSetup } from "./world.ts";
import { eventually } from "./world.ts";

export function testLostConnection(setup: MakeSetup): void {
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

export function testClosing(setup: MakeSetup): void {
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
