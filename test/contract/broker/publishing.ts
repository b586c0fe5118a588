import { expect, test } from "vitest";
import { Inbox, messageIn } from "../../support/inbox.ts";
import { messageOf, messagesOf, richMessage } from "../messages.ts";
import type { MakeSetup } from "./world.ts";

export function testPublishing(setup: MakeSetup): void {
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

export function testCopying(setup: MakeSetup): void {
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
