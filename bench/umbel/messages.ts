import { MongoClient } from "mongodb";
import type { UmbelWorld } from "./world.ts";

/** How many messages of a flow were handled: each has stored one outcome. */
export async function messagesOf({ places }: UmbelWorld, flow: string): Promise<number> {
  await using client = new MongoClient(places.backend);
  const outcomes = client.db().collection<{ _id: string }>("celery_taskmeta");
  return await outcomes.countDocuments({ _id: { $gte: flow, $lt: `${flow}\uFFFF` } });
}
