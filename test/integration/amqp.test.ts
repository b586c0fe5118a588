import type { Broker } from "@umbel/core";
import { isUndecodable } from "@umbel/core";
import { connect } from "amqplib";
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { messageOf, messagesOf } from "../contract/messages.ts";
import { recordOf } from "../contract/outcome-records.ts";
import { AmqpProxy } from "../support/amqp-proxy.ts";
import { AmqpWorld } from "../support/amqp-world.ts";
import { Inbox, messageIn } from "../support/inbox.ts";
import { describeWith } from "../support/services.ts";

/** What only AMQP has: `test/contract/broker/` has what every broker does. */
describeWith("amqp", "RabbitMQ", ({ amqp }) => {
  async function setup() {
    const world = await AmqpWorld.open(amqp.url);
    onTestFinished(() => world.close());
    return { world, queue: world.queue() };
  }

  /** Closes the connections that come from these ports, as an operator does. */
  async function closeConnections(ports: readonly number[]): Promise<void> {
    const list = await amqp.ctl?.("-q", "list_connections", "pid", "peer_port");
    for (const line of list?.split("\n") ?? []) {
      const [pid = "", port] = line.split("\t");
      if (ports.includes(Number(port))) await amqp.ctl?.("close_connection", pid, "maintenance");
    }
  }

  describe("a connection", () => {
    test("that is reset while idle is made again, and events tell of it", async () => {
      const { world } = await setup();
      const broker = world.broker();
      await broker.open();
      world.proxy(broker).reset();
      await world.told(broker, "connection.opened", 2);
      const [opened, lost] = world.events(broker);
      expect(opened).toEqual({ event: "connection.opened", address: expect.stringMatching(/^amqp:\/\/127/) });
      expect(lost).toMatchObject({ event: "connection.lost", reason: expect.stringContaining("ECONNRESET") });
    });

    test("that is reset during the handshake is tried again within open()", async () => {
      const { world } = await setup();
      const broker = world.broker();
      const reset = world.proxy(broker).resetAt("PLAIN");
      await broker.open();
      await reset;
    });

    test("that is reset while a consumer declares its queue is made again within consume()", async () => {
      const { world, queue } = await setup();
      const broker = world.broker();
      const reset = world.proxy(broker).resetAt(queue);
      const inbox = await Inbox.open(broker, queue);
      await reset;
      await broker.publish([messageOf("a", queue)]);
      await inbox.of("a");
    });

    test("that is reset while a consumer begins to consume is made again within consume()", async () => {
      const { world, queue } = await setup();
      const broker = world.broker();
      await broker.publish([messageOf("a", queue)]);
      const reset = world.proxy(broker).resetAt(queue);
      const inbox = await Inbox.open(broker, queue);
      await reset;
      await inbox.of("a");
    });

    test("that is reset while the reply queue is declared is made again within listen()", async () => {
      const { world } = await setup();
      const broker = world.broker();
      const reset = world.proxy(broker).resetAt("umbel.reply.");
      await listen(broker);
      await reset;
    });

    test("that is reset over and over while it consumes again comes back in the end", async () => {
      const { world, queue } = await setup();
      const broker = world.broker();
      const inbox = await Inbox.open(broker, queue);
      const proxy = world.proxy(broker);
      for (let i = 0; i < 3; i += 1) {
        const again = proxy.resetAt(queue);
        proxy.reset();
        await again;
      }
      await world.broker().publish([messageOf("a", queue)]);
      await inbox.of("a");
    });

    test("to a server that is down is made as soon as it is up, within open()", async () => {
      const { world } = await setup();
      const broker = world.broker();
      await world.proxy(broker).refuse();
      const opening = broker.open();
      await world.told(broker, "connection.failed", 2);
      await world.proxy(broker).accept();
      await opening;
    });

    test("that could not be made may be tried again", async () => {
      const { world, queue } = await setup();
      const broker = world.broker({ connectTimeoutMs: 500 });
      await world.proxy(broker).refuse();
      await expect(broker.open()).rejects.toMatchObject({ code: "BROKER_UNAVAILABLE" });
      await expect(broker.publish([messageOf("a", queue)])).rejects.toMatchObject({
        code: "BROKER_UNAVAILABLE",
      });
      await world.proxy(broker).accept();
      await broker.publish([messageOf("b", queue)]);
      expect(await world.depth(queue)).toBe(1);
    });

    test("that does not answer is given up after the time allowed, and tried again", async () => {
      const { world } = await setup();
      const broker = world.broker({ connectTimeoutMs: 500 });
      world.proxy(broker).stall("server");
      const unavailable = { code: "BROKER_UNAVAILABLE", message: expect.stringContaining("within 500 ms") };
      await expect(broker.open()).rejects.toMatchObject(unavailable);
      world.proxy(broker).resume();
      await broker.open();
    });

    test("is tried for ever for a consumer, with pauses that grow", async () => {
      const { world, queue } = await setup();
      const broker = world.broker({ random: () => 0.05 });
      const inbox = await Inbox.open(broker, queue);
      await world.proxy(broker).refuse();
      world.proxy(broker).reset();
      await world.told(broker, "connection.failed", 5);
      const pauses = world.events(broker).flatMap((event) => ("retryInMs" in event ? [event.retryInMs] : []));
      expect(pauses.slice(0, 6)).toEqual([10, 20, 40, 80, 160, 320]);
      await world.proxy(broker).accept();
      await world.broker().publish([messageOf("a", queue)]);
      await inbox.of("a");
    });

    test("whose other end is silent is given up by its heartbeat", async () => {
      const { world, queue } = await setup();
      const broker = world.broker({ random: () => 0.05 }, "?heartbeat=1");
      await world.proxy(broker).refuse();
      const opening = Inbox.open(broker, queue);
      await world.told(broker, "connection.failed", 3);
      await world.proxy(broker).accept();
      const inbox = await opening;
      world.proxy(broker).stall("server");
      // It lived for seconds, so the pauses begin anew.
      const lost = { reason: "Heartbeat timeout", retryInMs: 10 };
      expect(await world.told(broker, "connection.lost")).toMatchObject(lost);
      world.proxy(broker).resume();
      await world.broker().publish([messageOf("a", queue)]);
      await inbox.of("a");
    });

    test.skipIf(amqp.ctl === undefined)("that an operator closes is made again", async () => {
      const { world, queue } = await setup();
      const broker = world.broker();
      const inbox = await Inbox.open(broker, queue);
      await closeConnections(world.proxy(broker).ports);
      expect(await world.told(broker, "connection.lost")).toMatchObject({
        reason: expect.stringContaining("CONNECTION_FORCED"),
      });
      await broker.publish([messageOf("a", queue)]);
      await inbox.of("a");
    });
  });

  describe("publishing", () => {
    test("a reset before the confirm fails it, and the next call goes through", async () => {
      const { world, queue } = await setup();
      const broker = world.broker();
      const reset = world.proxy(broker).resetAt("break here");
      const failing = broker.publish([messageOf("a", queue, { args: ["break here"] })]);
      await expect(failing).rejects.toMatchObject({ code: "PUBLISH_FAILED" });
      await reset;
      await broker.publish([messageOf("b", queue)]);
      expect(await world.depth(queue)).toBe(1);
    });

    test("a lost confirm fails it, though the message is there: nobody can know", async () => {
      const { world, queue } = await setup();
      const broker = world.broker();
      await broker.publish([messageOf("a", queue)]);
      world.proxy(broker).stall("server");
      const publishing = broker.publish([messageOf("b", queue)]);
      await vi.waitFor(async () => expect(await world.depth(queue)).toBe(2), PATIENCE);
      world.proxy(broker).reset();
      await expect(publishing).rejects.toMatchObject({ code: "PUBLISH_FAILED" });
    });

    test("a reset while the queue is declared publishes nothing, and says so", async () => {
      const { world, queue } = await setup();
      const broker = world.broker();
      await broker.open();
      const reset = world.proxy(broker).resetAt(queue);
      const publishing = broker.publish([messageOf("a", queue)]);
      await expect(publishing).rejects.toMatchObject({ code: "BROKER_UNAVAILABLE" });
      await reset;
      await broker.publish([messageOf("b", queue)]);
      expect(await world.depth(queue)).toBe(1);
    });

    test("while the connection is lost it waits for the next one", async () => {
      const { world, queue } = await setup();
      const broker = world.broker();
      await broker.open();
      await world.proxy(broker).refuse();
      world.proxy(broker).reset();
      await world.told(broker, "connection.lost");
      const publishing = broker.publish([messageOf("a", queue)]);
      await world.proxy(broker).accept();
      await publishing;
    });

    test("a reset in the midst of many fails them all, and each was taken at most once", async () => {
      const { world, queue } = await setup();
      const broker = world.broker();
      await broker.publish([messageOf("first", queue)]);
      const reset = world.proxy(broker).resetAt("break here");
      const many = messagesOf(3_000, queue);
      const publishing = broker.publish([...many, messageOf("a", queue, { args: ["break here"] })]);
      await expect(publishing).rejects.toMatchObject({ code: "PUBLISH_FAILED" });
      await reset;
      const taken = await world.depth(queue);
      expect(taken).toBeGreaterThan(1);
      expect(taken).toBeLessThanOrEqual(3_001);
    });

    test("a message is persistent, in a durable queue, and has the properties that Celery's have", async () => {
      const { world, queue } = await setup();
      await world.broker().publish([messageOf("a", queue, { replyTo: "umbel.reply.me" })]);
      await world.channel.assertQueue(queue, { durable: true });
      const { properties, fields } = await world.take(queue);
      expect(fields).toMatchObject({ exchange: "", routingKey: queue });
      expect(properties).toMatchObject({
        ...{ deliveryMode: 2, priority: 0, correlationId: "a", replyTo: "umbel.reply.me" },
        ...{ contentType: "application/json", contentEncoding: "utf-8", expiration: undefined },
        headers: { task: "add", id: "a", root_id: "a", lang: "js" },
      });
    });

    test("goes out by what amqplib does not promise to have, and has", async () => {
      const connection = await connect(amqp.url);
      const channel = await connection.createConfirmChannel();
      await connection.close();
      const inner = { sendMessage: expect.any(Function), pushConfirmCallback: expect.any(Function) };
      expect(channel).toMatchObject(inner);
    });

    test("to a queue that was deleted since it was declared, it arrives", async () => {
      const { world, queue } = await setup();
      const broker = world.broker();
      const other = world.queue();
      await broker.publish([messageOf("before", queue), messageOf("kept", other)]);
      await world.channel.deleteQueue(queue);
      await broker.publish([...messagesOf(20, queue), messageOf("kept, too", other), messageOf("z", queue)]);
      expect([await world.depth(queue), await world.depth(other)]).toEqual([21, 2]);
    });

    test("to a queue that cannot be, it fails, and says why", async () => {
      const { world, queue } = await setup();
      const publishing = world.broker().publish([messageOf("a", queue), messageOf("b", "amq.reserved")]);
      await expect(publishing).rejects.toMatchObject({
        code: "PUBLISH_FAILED",
        message: expect.stringMatching(/"amq.reserved" took task add \(b\).*reserved prefix/),
      });
    });

    test("a message that closes the channel fails with the broker's words, and nothing else suffers", async () => {
      const { world, queue } = await setup();
      const broker = world.broker();
      const inbox = await Inbox.open(broker, queue);
      await broker.publish([messageOf("a", queue)]);
      const delivery = await inbox.of("a");
      const bad = messageOf("bad", queue, { options: { queue, headers: { CC: "not a list" } } });
      const failure = { code: "PUBLISH_FAILED", message: expect.stringContaining("PRECONDITION_FAILED") };
      await expect(broker.publish([bad])).rejects.toMatchObject(failure);
      expect(delivery.isAlive()).toBe(true);
      await delivery.publish([messageOf("b", queue)]);
      await inbox.of("b");
      expect(world.events(broker).filter(({ event }) => event === "connection.lost")).toEqual([]);
    });

    test("a message that its queue is too full for fails", async () => {
      const { world, queue } = await setup();
      await world.channel.assertQueue(queue, { durable: true, maxLength: 1, overflow: "reject-publish" });
      const broker = world.broker();
      await broker.publish([messageOf("a", queue)]);
      await expect(broker.publish([messageOf("b", queue)])).rejects.toMatchObject({
        code: "PUBLISH_FAILED",
        message: expect.stringContaining("the broker refused task add (b)"),
      });
    });

    test("what is on its way when another message closes the channel fails, too", async () => {
      const { world, queue } = await setup();
      const broker = world.broker();
      await broker.publish([messageOf("first", queue)]);
      const bad = messageOf("bad", queue, { options: { queue, headers: { CC: "not a list" } } });
      const both = [broker.publish([bad]), broker.publish([messageOf("b", queue)])];
      for (const each of both) await expect(each).rejects.toMatchObject({ code: "PUBLISH_FAILED" });
    });

    test("headers that are too large are refused before anything is sent", async () => {
      const { world, queue } = await setup();
      const broker = world.broker();
      const options = { queue, headers: { large: "x".repeat(70_000) } };
      await expect(broker.publish([messageOf("a", queue, { options })])).rejects.toMatchObject({
        code: "INVALID_OPTION",
        message: expect.stringMatching(/^task add \(a\) cannot be sent: .*64 KiB/),
      });
      await broker.publish([messageOf("b", queue)]);
      expect(await world.depth(queue)).toBe(1);
    });

    test("declaring queues uses up no channels", async () => {
      const { world } = await setup();
      const broker = world.broker({}, "?channelMax=3");
      for (let i = 0; i < 10; i += 1) await broker.publish([messageOf("a", world.queue())]);
    });

    test("nothing needs no connection", async () => {
      const { world } = await setup();
      const broker = world.broker();
      await broker.publish([]);
      expect(world.events(broker)).toEqual([]);
    });

    test("a message of 1 MB and one of 5 MB arrive whole", async () => {
      const { world, queue } = await setup();
      const broker = world.broker();
      const inbox = await Inbox.open(broker, queue);
      const texts = ["é".repeat(500_000), "x".repeat(5_000_000)];
      await broker.publish(texts.map((text) => messageOf(`large ${text.length}`, queue, { args: [text] })));
      for (const [i, text] of texts.entries())
        expect(messageIn(await inbox.at(i)).args[0] === text).toBe(true);
    });

    test("5,000 messages go in one call, and a consumer with a prefetch of 1,000 takes them all once", async () => {
      const { world, queue } = await setup();
      const broker = world.broker();
      await broker.publish(messagesOf(5_000, queue));
      expect(await world.depth(queue)).toBe(5_000);
      const ids: (string | null)[] = [];
      await new Promise<void>((resolve, reject) => {
        const onDelivery: Parameters<Broker["consume"]>[0]["onDelivery"] = (delivery) => {
          delivery.ack();
          if (ids.push(delivery.message.id) === 5_000) resolve();
        };
        broker.consume({ queues: [queue], prefetch: 1_000, onDelivery }).catch(reject);
      });
      expect(ids).toEqual(Array.from({ length: 5_000 }, (_, i) => String(i)));
      await broker.close();
      expect(await world.depth(queue)).toBe(0);
    });
  });

  describe("a queue", () => {
    test("that is deleted while it is consumed from is declared and consumed from again", async () => {
      const { world, queue } = await setup();
      const broker = world.broker();
      const other = world.queue();
      const inbox = await Inbox.open(broker, [queue, other]);
      await broker.publish([messageOf("a", other)]);
      const delivery = await inbox.of("a");
      await world.channel.deleteQueue(queue);
      expect(await world.told(broker, "queue.deleted")).toEqual({ event: "queue.deleted", queue });
      await broker.publish([messageOf("b", queue)]);
      await inbox.of("b");
      expect(delivery.isAlive()).toBe(true);
    });

    test("that is deleted is not declared again for a consumer that was cancelled", async () => {
      const { world, queue } = await setup();
      const broker = world.broker();
      const inbox = await Inbox.open(broker, queue);
      await inbox.consumer.cancel();
      await world.channel.deleteQueue(queue);
      await broker.publish([messageOf("a", world.queue())]);
      await expect(world.depth(queue)).rejects.toThrow("NOT_FOUND");
    });

    test("that somebody declared with other arguments is used as it is", async () => {
      const { world, queue } = await setup();
      await world.channel.assertQueue(queue, { durable: true, maxPriority: 9 });
      const broker = world.broker();
      const [low, high] = [1, 9].map((priority) =>
        messageOf(`p${priority}`, queue, { options: { queue, priority } }),
      );
      if (low && high) await broker.publish([low, high]);
      const inbox = await Inbox.open(broker, queue);
      await inbox.first(2);
      expect(inbox.ids).toEqual(["p9", "p1"]);
    });

    test("that is a quorum queue is used as it is", async () => {
      const { world, queue } = await setup();
      await world.channel.assertQueue(queue, { durable: true, arguments: { "x-queue-type": "quorum" } });
      const broker = world.broker();
      const inbox = await Inbox.open(broker, queue);
      await broker.publish([messageOf("a", queue)]);
      (await inbox.of("a")).requeue();
      const again = await inbox.of("a", { redelivered: true });
      expect(messageIn(again).options.headers).toBeUndefined();
    });

    test("that belongs to another connection cannot be consumed from, and that is said", async () => {
      const { world, queue } = await setup();
      await world.channel.assertQueue(queue, { exclusive: true });
      const consuming = Inbox.open(world.broker(), queue);
      await expect(consuming).rejects.toMatchObject({
        code: "BROKER_UNAVAILABLE",
        message: expect.stringMatching(`^cannot consume from ${queue}: .*RESOURCE_LOCKED`),
      });
    });
  });

  describe("a delivery", () => {
    test("whose connection is lost before it could publish says that it could not", async () => {
      const { world, queue } = await setup();
      const broker = world.broker();
      await broker.publish([messageOf("a", queue)]);
      const delivery = await (await Inbox.open(broker, queue)).of("a");
      const next = world.queue();
      const reset = world.proxy(broker).resetAt(next);
      await expect(delivery.publish([messageOf("b", next)])).rejects.toMatchObject({
        code: "PUBLISH_FAILED",
      });
      await reset;
    });

    test("with 64-bit integers in its headers, as Python writes them, is read", async () => {
      const { world, queue } = await setup();
      const python = await AmqpProxy.start(amqp.url);
      onTestFinished(() => python.close());
      // amqplib tags them `l`, py-amqp `L`: RabbitMQ takes both, and passes them on as they came.
      python.replace("\u0003bigl", "\u0003bigL");
      await world.channel.assertQueue(queue);
      const connection = await connect(python.url, { noDelay: true });
      const channel = await connection.createConfirmChannel();
      const headers = { id: "a", task: "add", big: 2 ** 40, after: "kept" };
      channel.sendToQueue(queue, Buffer.from("[[],{},{}]"), { contentType: "application/json", headers });
      await channel.waitForConfirms();
      await connection.close();
      const broker = world.broker();
      const delivery = await (await Inbox.open(broker, queue)).at(0);
      expect(messageIn(delivery).options.headers).toEqual({ big: 2 ** 40, after: "kept" });
      expect(world.events(broker).map(({ event }) => event)).toEqual(["connection.opened"]);
    });

    test("that is put aside keeps its properties and its bytes, and neither expires nor goes anywhere else", async () => {
      const { world, queue } = await setup();
      const copies = world.queue();
      await world.channel.assertQueue(copies);
      const headers = { id: queue, CC: [copies], time: { "!": "timestamp", value: 5 } };
      const body = Buffer.from([0xff, 0, 1]);
      const userId = new URL(amqp.url).username || "guest";
      const raw = {
        headers,
        body,
        contentType: "x/y",
        expiration: "600000",
        messageId: "m",
        type: "t",
        userId,
      };
      await world.putRaw(queue, raw);
      await (await (await Inbox.open(world.broker(), queue)).at(0)).deadLetter("because");
      const { properties, content } = await world.takeDeadLetter(queue);
      expect(content).toEqual(body);
      expect(properties).toMatchObject({ contentType: "x/y", messageId: "m", type: "t", deliveryMode: 2 });
      expect([properties.expiration, properties.userId]).toEqual([undefined, undefined]);
      const came = { id: queue, time: headers.time };
      expect(properties.headers).toEqual({ ...came, "x-umbel-queue": queue, "x-umbel-reason": "because" });
      expect(await world.depth(copies)).toBe(1);
    });

    test("whose headers leave no room for more is put aside with those that tell what it was", async () => {
      const { world, queue } = await setup();
      const headers = { id: queue, task: "add", small: 1, large: "x".repeat(65_000) };
      await world.putRaw(queue, { headers, body: Buffer.from("[]") });
      const delivery = await (await Inbox.open(world.broker(), queue)).at(0);
      expect(isUndecodable(delivery.message)).toBe(true);
      await delivery.deadLetter("y".repeat(2_000));
      const { properties } = await world.takeDeadLetter(queue);
      expect(Object.keys(properties.headers ?? {})).toEqual([
        "id",
        "task",
        "x-umbel-reason",
        "x-umbel-queue",
      ]);
    });
  });

  describe("replies", () => {
    test("are transient, and carry the id of the task when they are of one", async () => {
      const { world, queue } = await setup();
      await world.channel.assertQueue(queue);
      const broker = world.broker();
      await broker.open();
      broker.reply(queue, [recordOf("one")]);
      broker.reply(queue, [recordOf("two"), recordOf("three")]);
      await vi.waitFor(async () => expect(await world.depth(queue)).toBe(2), PATIENCE);
      const [one, more] = [await world.take(queue), await world.take(queue)];
      expect(one.properties).toMatchObject({
        deliveryMode: 1,
        correlationId: "one",
        contentType: "application/json",
      });
      expect(more.properties.correlationId).toBeUndefined();
    });

    test("that were sent just before closing arrive", async () => {
      const { world, queue } = await setup();
      await world.channel.assertQueue(queue);
      const broker = world.broker();
      await broker.open();
      broker.reply(queue, [recordOf("opens the channel")]);
      await vi.waitFor(async () => expect(await world.depth(queue)).toBe(1), PATIENCE);
      for (let i = 0; i < 100; i += 1) broker.reply(queue, [recordOf("last words")]);
      await broker.close();
      expect(await world.depth(queue)).toBe(101);
    });

    test("that nobody can read are skipped, and events tell of it", async () => {
      const { world } = await setup();
      const broker = world.broker();
      const { address, heard } = await listen(broker);
      for (const text of ["{", "[null]", "5", "", '[{"_id":"x","status":"STARTED"}]']) {
        world.channel.sendToQueue(address, Buffer.from(text));
      }
      broker.reply(address, [recordOf("good")]);
      await vi.waitFor(() => expect(heard).toEqual(["good"]), PATIENCE);
      await world.told(broker, "reply.unreadable", 2);
    });

    test("that cannot be sent are dropped, and events tell of it", async () => {
      const { world } = await setup();
      const broker = world.broker();
      await broker.open();
      broker.reply("x".repeat(300), [recordOf("a")]);
      expect(await world.told(broker, "reply.dropped")).toMatchObject({ address: "x".repeat(300) });
    });

    test("are dropped while there is no connection", async () => {
      const { world } = await setup();
      const broker = world.broker();
      broker.reply("somebody", [recordOf("a")]);
      await broker.open();
      await world.cut(broker);
      broker.reply("somebody", [recordOf("a")]);
      await world.told(broker, "connection.opened", 2);
    });

    test("come again when the old connection has let go of the queue, which is tried with growing pauses", async () => {
      const { world } = await setup();
      const broker = world.broker({ random: () => 0.05 });
      const { address, heard, told } = await listen(broker);
      const release = world.proxy(broker).abandon();
      expect(await world.told(broker, "channel.lost", 4)).toEqual({
        event: "channel.lost",
        purpose: `replies ${address}`,
        reason: expect.stringContaining("RESOURCE_LOCKED"),
        retryInMs: 80,
      });
      release();
      await vi.waitFor(() => expect(told.reconnections).toBe(1), PATIENCE);
      broker.reply(address, [recordOf("a")]);
      await vi.waitFor(() => expect(heard).toEqual(["a"]), PATIENCE);
    });

    test.skipIf(amqp.ctl === undefined)("come again when an operator deletes the queue", async () => {
      const { world } = await setup();
      const broker = world.broker();
      const { address, heard, told } = await listen(broker);
      await amqp.ctl?.("delete_queue", address);
      await vi.waitFor(() => expect(told.reconnections).toBe(1), PATIENCE);
      broker.reply(address, [recordOf("a")]);
      await vi.waitFor(() => expect(heard).toEqual(["a"]), PATIENCE);
      await world.told(broker, "queue.deleted");
    });

    test("are listened for once", async () => {
      const { world } = await setup();
      const broker = world.broker();
      await listen(broker);
      await expect(listen(broker)).rejects.toMatchObject({ code: "INVALID_OPTION" });
    });
  });

  describe("closing", () => {
    test("fails what is not confirmed yet, and does not wait for a server that is silent", async () => {
      const { world, queue } = await setup();
      const broker = world.broker();
      await broker.publish([messageOf("a", queue)]);
      await (await Inbox.open(broker, queue)).of("a");
      await listen(broker);
      world.proxy(broker).stall("server");
      const publishing = broker.publish([messageOf("b", queue)]);
      const failing = expect(publishing).rejects.toMatchObject({ code: "PUBLISH_FAILED" });
      const startedMs = performance.now();
      await broker.close();
      expect(performance.now() - startedMs).toBeLessThan(3_000);
      await failing;
    });

    test("a consumer is cancelled, and closed, also when the server is silent, and is delivered nothing later", async () => {
      const { world, queue } = await setup();
      const broker = world.broker();
      const inboxes = [await Inbox.open(broker, queue), await Inbox.open(broker, queue)] as const;
      world.proxy(broker).stall("server");
      const other = world.broker();
      await other.publish(messagesOf(4, queue)); // These are on their way.
      const startedMs = performance.now();
      await Promise.all([inboxes[0].consumer.cancel(), inboxes[1].consumer.close()]);
      expect(performance.now() - startedMs).toBeLessThan(3_000);
      world.proxy(broker).resume();
      await broker.publish([messageOf("last", queue)]);
      await inboxes[0].consumer.close();
      await (await Inbox.open(other, queue)).first(5);
      expect(inboxes.map(({ ids }) => ids)).toEqual([[], []]);
    });

    test.each([
      ["cancel", "declares"],
      ["close", "declares"],
      ["cancel", "begins to consume from"],
      ["close", "begins to consume from"],
    ] as const)(
      "a consumer that is to %s while it %s its queue again does not come back",
      async (end, when) => {
        const { world, queue } = await setup();
        const broker = world.broker();
        const inbox = await Inbox.open(broker, queue);
        const proxy = world.proxy(broker);
        const stallAgain = async (): Promise<void> => {
          const stalled = proxy.stallAt(queue);
          proxy.resume();
          await stalled;
        };
        const stalled = proxy.stallAt(queue);
        proxy.reset();
        await stalled;
        if (when !== "declares") await stallAgain();
        await world.broker().publish(messagesOf(4, queue));
        await inbox.consumer[end]();
        proxy.resume();
        const heir = await Inbox.open(broker, queue);
        await heir.first(4);
        expect(inbox.ids).toEqual([]);
      },
    );

    test("ends whoever waits for a connection, and a closed broker can do nothing more", async () => {
      const { world, queue } = await setup();
      const broker = world.broker({ connectTimeoutMs: 60_000 });
      await world.proxy(broker).refuse();
      const waiting = [broker.open(), broker.publish([messageOf("a", queue)]), Inbox.open(broker, queue)];
      const failing = waiting.map((each) =>
        expect(each).rejects.toMatchObject({ code: "BROKER_UNAVAILABLE" }),
      );
      await broker.close();
      await Promise.all(failing);
      const closed = {
        code: "BROKER_UNAVAILABLE",
        message: expect.stringContaining("was closed by this process"),
      };
      await expect(broker.open()).rejects.toMatchObject(closed);
      await expect(broker.publish([messageOf("a", queue)])).rejects.toMatchObject(closed);
      await expect(Inbox.open(broker, queue)).rejects.toMatchObject(closed);
      broker.reply("somebody", [recordOf("a")]);
    });

    test("stops attempts to reconnect, and events", async () => {
      const { world } = await setup();
      const broker = world.broker({ random: () => 0 });
      await broker.open();
      await world.proxy(broker).refuse();
      world.proxy(broker).reset();
      await world.told(broker, "connection.failed", 3);
      await broker.close();
      const told = world.events(broker).length;
      await world.proxy(broker).accept();
      const other = world.broker();
      await other.open();
      expect(world.events(broker)).toHaveLength(told);
      expect(world.proxy(broker).connections).toBe(0);
    });
  });

  describe("a process ends by itself", () => {
    test.each([
      ["with a wrong password", (url: URL) => (url.password = "hunter2"), /refuses the user "guest".*check/],
      [
        "with a wrong virtual host",
        (url: URL) => (url.pathname = "/nowhere"),
        /virtual host "nowhere".*check/,
      ],
      ["with TLS where there is none", (url: URL) => (url.protocol = "amqps:"), /does not speak TLS.*amqp:/],
      [
        "with nothing listening",
        (url: URL) => (url.port = "1"),
        /within 300 ms: .*ECONNREFUSED.*is RabbitMQ running/,
      ],
    ])("%s, told one clear error", async (_, spoil, message) => {
      const url = new URL(amqp.url);
      url.username = "guest";
      url.password = "guest";
      spoil(url);
      const said = await errand("open", [url.href]);
      expect(said).toEqual({ code: "BROKER_UNAVAILABLE", message: expect.stringMatching(message) });
      expect(JSON.stringify(said)).not.toContain("hunter2");
    });

    test("with a wrong URL, told one clear error", async () => {
      const said = await errand("open", ["amqp://user:hunter2@host:99999"]);
      expect(said).toEqual({
        code: "INVALID_OPTION",
        message: expect.stringContaining("expected amqp://user"),
      });
      expect(JSON.stringify(said)).not.toContain("hunter2");
    });

    test.each(["publish and close", "consume, listen and close"])("after it did %s", async (what) => {
      const { world, queue } = await setup();
      await world.channel.assertQueue(queue);
      expect(await errand(what, [amqp.url, queue])).toEqual({ code: null });
    });

    test("when it closes while it reconnects", async () => {
      const { queue } = await setup();
      const proxy = await AmqpProxy.start(amqp.url);
      onTestFinished(() => proxy.close());
      const said = await errand("close while it reconnects", [proxy.url, queue], async () => {
        await proxy.refuse();
        proxy.reset();
      });
      expect(said).toEqual({ code: null });
    });

    test("when it closes while the server does not answer its handshake", async () => {
      const proxy = await AmqpProxy.start(amqp.url);
      onTestFinished(() => proxy.close());
      proxy.stall();
      expect(await errand("close while it shakes hands", [proxy.url])).toMatchObject({
        code: "BROKER_UNAVAILABLE",
      });
    });
  });
});

const PATIENCE = { timeout: 10_000, interval: 5 };

/** Listens for replies; the object tells how often the listener was told that some may be lost. */
async function listen(broker: Broker) {
  const [heard, told] = [[] as string[], { reconnections: 0 }];
  const address = await broker.listen(
    (records) => void heard.push(...records.map(({ id }) => id)),
    () => void (told.reconnections += 1),
  );
  return { address, heard, told };
}

const ERRAND = fileURLToPath(new URL("../support/amqp-errand.ts", import.meta.url));

/**
 * Runs an errand in a process of its own, which has to end by itself.
 *
 * @param onReady - Called when the process has said that it is ready.
 * @returns What it printed.
 * @throws {Error} It did not end within 10 s, or ended with an error.
 */
async function errand(
  name: string,
  args: readonly string[],
  onReady?: () => Promise<void>,
): Promise<unknown> {
  const options = ["--conditions=@umbel/source", "--import", "tsx", ERRAND, name, ...args];
  const child = spawn(process.execPath, options, { stdio: ["ignore", "pipe", "pipe"], timeout: 10_000 });
  let [printed, complaints] = ["", ""];
  child.stdout.on("data", (text) => (printed += text));
  child.stderr.on("data", (text) => {
    complaints += text;
    if (String(text).includes("ready")) void onReady?.();
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  if (code !== 0) throw new Error(`the process ended with ${code}: ${printed}${complaints}`);
  return JSON.parse(printed);
}
