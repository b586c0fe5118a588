import { connect } from "amqplib";
import { BSON, MongoClient } from "mongodb";
import type { UmbelWorld } from "./world.ts";

/** How many bytes one call of ours moves: what the limits move, too. */
export type Sample = {
  /** Of a message, its properties and headers included. */
  readonly message: number;
  /** Of a stored outcome. */
  readonly outcome: number;
};

/** Sends a call to where nobody takes it, to look at it; and another, to look at what is stored of it. */
export async function sampleOf(world: UmbelWorld): Promise<Sample> {
  const queue = `${world.places.queues[0]}-sample`;
  const lost = world.tasks.add.s(1, 1).set({ queue }).apply();
  await lost.published;
  const stored = world.tasks.add.s(1, 1).apply();
  await stored.get();
  return { message: await messageBytes(world, queue), outcome: await outcomeBytes(world, stored.id) };
}

async function messageBytes({ places }: UmbelWorld, queue: string): Promise<number> {
  const connection = await connect(places.broker);
  const channel = await connection.createChannel();
  const message = await channel.get(queue, { noAck: true });
  await channel.deleteQueue(queue);
  await connection.close();
  if (message === false) throw new Error(`there is no message in ${queue}`);
  return message.content.length + JSON.stringify(message.properties).length;
}

async function outcomeBytes({ places }: UmbelWorld, id: string): Promise<number> {
  await using client = new MongoClient(places.backend);
  const document = await client.db().collection<{ _id: string }>("celery_taskmeta").findOne({ _id: id });
  if (document === null) throw new Error(`the outcome ${id} is not stored`);
  return BSON.calculateObjectSize(document);
}
