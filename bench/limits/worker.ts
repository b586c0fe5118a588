import type { ConsumeMessage } from "amqplib";
import { connect } from "amqplib";
import type { Collection } from "mongodb";
import { MongoClient } from "mongodb";
import { note, serve } from "../serve.ts";
import { Tally } from "../tally.ts";
import { Gathered } from "./gathered.ts";
import { Outcomes } from "./outcomes.ts";
import type { Kind } from "./world.ts";
import { limitPlacesFrom } from "./world.ts";

const PREFETCH = 1000;

const places = limitPlacesFrom(process.env);
const [queue, other] = places.queues;
const connection = await connect(places.broker, { noDelay: true });
const taking = await connection.createChannel();
const sending = await connection.createConfirmChannel();
const database = (await new MongoClient(places.backend).connect()).db();
const outcomes = new Outcomes(database, places.outcome);
const joins: Collection<{ _id: string; count: number }> = database.collection("joins");
const tally = new Tally();

const finished = new Gathered<ConsumeMessage>(async (messages) => {
  taking.ack(messages.at(-1)!, true);
  for (const { properties } of messages) tally.count(Number(properties.correlationId));
});

const members = new Gathered<ConsumeMessage>(async (messages) => {
  await outcomes.insert(messages.length);
  reply(messages[0]!, messages.length);
  taking.ack(messages.at(-1)!, true);
});

const headers = new Gathered<ConsumeMessage>(async (messages) => {
  await outcomes.insert(messages.length);
  await Promise.all([...byJoin(messages)].map(([about, of]) => arrive(about, of)));
  for (const message of messages) taking.ack(message); // n.b. a body may be in hand among them
});

const handlers: Readonly<Record<Kind, (message: ConsumeMessage) => Promise<void> | void>> = {
  acknowledge: (message) => finished.add(message),
  member: (message) => members.add(message),
  header: (message) => headers.add(message),
  call: async (message) => {
    await outcomes.insert(1, message.content.length - places.message);
    reply(message, 1);
    taking.ack(message);
  },
  chain: async (message) => {
    await outcomes.insert(Number(message.properties.correlationId));
    reply(message, 1);
    taking.ack(message);
  },
  hop: async (message) => {
    const left = Number(message.properties.correlationId);
    await outcomes.insert(1, message.content.length - places.message);
    if (left === 1) reply(message, 1);
    else await send(message, "hop", String(left - 1), message.fields.routingKey === queue ? other : queue);
    taking.ack(message);
  },
};

await taking.prefetch(PREFETCH);
for (const each of (process.env["BENCH_SERVES"] ?? "").split(",")) {
  await taking.assertQueue(each, { durable: true });
  await taking.consume(each, (message) => {
    if (message !== null) void handlers[message.properties.type as Kind](message);
  });
}
serve({ expect: async ({ count }) => tally.expect(Number(count)) });
note("ready");

/** n.b. One message for all that one turn has for a client. */
function reply({ properties }: ConsumeMessage, count: number): void {
  const content = Buffer.alloc(places.outcome * count, "x");
  taking.sendToQueue(properties.replyTo as string, content, { messageId: String(count) });
}

function send(message: ConsumeMessage, type: Kind, correlationId: string, to: string): Promise<void> {
  const { content, properties } = message;
  return new Promise((resolve, reject) => {
    sending.sendToQueue(to, content, { ...properties, persistent: true, type, correlationId }, (error) =>
      error === null ? resolve() : reject(error),
    );
  });
}

/** Counts members of one join; the last one sends the body. */
async function arrive(about: string, messages: readonly ConsumeMessage[]): Promise<void> {
  const [join = "", size] = about.split("/");
  const update = { $inc: { count: messages.length } };
  const after = await joins.findOneAndUpdate({ _id: join }, update, {
    upsert: true,
    returnDocument: "after",
  });
  if (after?.count === Number(size)) await send(messages[0]!, "call", "", queue);
}

function byJoin(messages: readonly ConsumeMessage[]): ReadonlyMap<string, readonly ConsumeMessage[]> {
  const found = new Map<string, ConsumeMessage[]>();
  for (const message of messages) {
    const about = String(message.properties.correlationId);
    const of = found.get(about);
    if (of === undefined) found.set(about, [message]);
    else of.push(message);
  }
  return found;
}
