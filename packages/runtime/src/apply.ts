import type { Broker, Json, Message, Node, PlacedNode } from "@umbel/core";
import { PublishFailed, withOptions } from "@umbel/core";
import { place, start } from "@umbel/canvas";
import type { Environment } from "./environment.ts";
import { retryDelayMs } from "./environment.ts";
import type { ReplyQueue } from "./reply-queue.ts";
import { stamp } from "./settlement.ts";

const ATTEMPTS = 6;

/** A flow with its ids. The app's default queue is written into it where it is not Celery's. */
export function plan(node: Node, flow: string, defaultQueue: string): PlacedNode {
  return place(defaultQueue === "celery" ? node : withOptions(node, { queue: defaultQueue }), flow);
}

/** What publishing needs of the app. */
export interface Publishing {
  readonly broker: Broker;
  readonly replies: ReplyQueue;
  readonly environment: Environment;
}

/**
 * Publishes a flow; resolves when the broker has it.
 *
 * When it is not known whether the broker has it, it is published again, as a suspect (rule 4).
 *
 * @throws {BrokerUnavailable} The broker cannot be reached.
 * @throws {PublishFailed} The broker keeps refusing it.
 */
export async function publishFlow(
  flow: string,
  placed: PlacedNode,
  input: readonly Json[],
  { broker, replies, environment }: Publishing,
): Promise<void> {
  const replyTo = await replies.open();
  const messages = start(placed, input, { flow, parent: null, replyTo });
  if (messages.length > 0) await publishInsistently(messages, broker, environment);
}

async function publishInsistently(messages: readonly Message[], broker: Broker, environment: Environment): Promise<void> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await broker.publish(messages.map((message) => stamp(message, attempts > 1, environment)));
    } catch (error) {
      if (!(error instanceof PublishFailed) || attempts === ATTEMPTS) throw error;
      await environment.sleep(retryDelayMs(attempts, environment.random()));
    }
  }
}
