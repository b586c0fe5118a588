import type { JsonObject } from "../json.ts";

/**
 * The headers that are the user's own: neither Celery's, nor RabbitMQ's, nor ours.
 *
 * n.b. Celery lays a step's own headers over the protocol's: one named `timelimit` would end a Python worker.
 */
export function userHeaders(headers: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !isReservedHeader(name)));
}

/** Whether any of them is the user's own. */
export function hasUserHeaders(headers: JsonObject): boolean {
  for (const name in headers) if (!RESERVED.has(name)) return true;
  return false;
}

/** Whether a header of this name is not the user's. */
export function isReservedHeader(name: string): boolean {
  return RESERVED.has(name);
}

const RESERVED = new Set([
  ...["lang", "task", "id", "root_id", "parent_id", "group", "group_index", "shadow", "eta", "expires"],
  ...["retries", "timelimit", "argsrepr", "kwargsrepr", "origin", "ignore_result", "replaced_task_nesting"],
  ...["stamped_headers", "stamps", "compression", "umbel", "x-umbel-reason", "x-umbel-queue"],
  ...["x-delivery-count", "x-death", "x-first-death-exchange", "x-first-death-queue", "x-first-death-reason"],
  ...["x-last-death-exchange", "x-last-death-queue", "x-last-death-reason"],
]);
