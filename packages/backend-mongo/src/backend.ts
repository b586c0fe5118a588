import type { Backend } from "@umbel/core";
import { Collections } from "./collections.ts";
import type { MongoBackendOptions } from "./collections.ts";
import { MongoFlows } from "./flows.ts";
import { MongoJoins } from "./joins.ts";
import { MongoPlans } from "./plans.ts";
import { MongoResults } from "./results.ts";

/**
 * Results, joins, plans and flows in MongoDB: outcomes as Celery's documents in `celery_taskmeta`, joins in
 * `umbel_joins`, flows as they were sent in `umbel_flows`, and what is large of one in `umbel_plans`.
 *
 * Nothing is opened here: they share one client, which the first `open` connects and the last `close` closes.
 *
 * @param url - `mongodb://` or `mongodb+srv://`, with the database as its path.
 * @throws {InvalidOption} The URL cannot be parsed or asks for unacknowledged writes, or an option is out of its bounds.
 * @example
 * const { results, joins } = mongoBackend("mongodb://127.0.0.1:27017/celery");
 */
export function mongoBackend(url: string, options: MongoBackendOptions = {}): Backend {
  const collections = new Collections(url, options);
  return {
    results: new MongoResults(collections),
    joins: new MongoJoins(collections),
    plans: new MongoPlans(collections),
    flows: new MongoFlows(collections),
  };
}
