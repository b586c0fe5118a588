import type { Delivery } from "@umbel/core";
import { isUndecodable } from "@umbel/core";
import { expect, test } from "vitest";
import { Inbox, messageIn } from "../../support/inbox.ts";
import type { BrokerExtras, BrokerWorld, MakeSetup, RawMessage } from "./world.ts";
import { eventually } from "./world.ts";

export function testUndecodable<World extends BrokerWorld>(
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
