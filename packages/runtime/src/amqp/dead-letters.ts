import type { Death } from "@umbel/core";
import type { ConsumeMessage } from "amqplib";
import type { OnEvent } from "./event.ts";
import { reasonOf } from "./refusal.ts";
import type { Session } from "./session.ts";
import { isRefusal } from "./topology.ts";

/**
 * Declares where RabbitMQ is to put what it gives up: an exchange and, behind it, a queue of the same name.
 *
 * n.b. No other queue is declared with it: a queue that is there, Celery's for one, would refuse other arguments. A policy
 * of the broker sends dead letters here, and can be set at any time. An exchange that the broker refuses it has as
 * somebody made it, or has not: that is told, and the queue is consumed from where there is one.
 *
 * @throws {Error} The connection ended.
 */
export async function declareDeadLetters(
  { link, topology }: Session,
  name: string,
  onEvent: OnEvent,
): Promise<void> {
  await topology.declare(name);
  const channel = await link.channel();
  try {
    await channel.raw.assertExchange(name, "fanout", { durable: true });
    await channel.raw.bindQueue(name, name, "");
  } catch (error) {
    if (!isRefusal(error)) throw error;
    onEvent({ event: "dead-letters.refused", name, reason: reasonOf(error) });
  } finally {
    void channel.close();
  }
}

/**
 * Why RabbitMQ gave a message up: the first entry of the header `x-death` is its last death.
 *
 * @param name - The queue of the dead letters: where one was that somebody put there himself.
 * @source RabbitMQ, "Dead Letter Exchanges", "Effects on Messages".
 */
export function deathOf({ properties }: ConsumeMessage, name: string): Death {
  const deaths: unknown = properties.headers?.["x-death"];
  const last: unknown = Array.isArray(deaths) ? deaths[0] : undefined;
  const { reason, queue, count } = (last ?? {}) as Readonly<Record<string, unknown>>;
  return {
    reason: typeof reason === "string" ? reason : "unknown",
    queue: typeof queue === "string" ? queue : name,
    count: typeof count === "number" ? count : 1,
  };
}
