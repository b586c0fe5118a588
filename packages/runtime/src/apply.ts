import type { Broker, Json, Messages, PlacedNode, PlanStore } from "@umbel/core";
import { PublishFailed, textOfSteps } from "@umbel/core";
import type { PageSizes, PlanPage } from "@umbel/canvas";
import { paginate, paginateUndos, partUndos, start } from "@umbel/canvas";
import type { Environment } from "./environment.ts";
import { retryDelayMs } from "./environment.ts";
import type { FlowLog } from "./flow-log.ts";
import type { ReplyQueue } from "./reply-queue.ts";
import { stamped } from "./publishing.ts";

const ATTEMPTS = 6;

/** What publishing needs of the app. */
export interface Publishing {
  readonly broker: Broker;
  readonly plans: PlanStore;
  readonly replies: ReplyQueue;
  readonly flowLog: FlowLog;
  readonly environment: Environment;
  /** How large a plan may be to travel in its messages. */
  readonly pageSizes: PageSizes;
  /** Milliseconds that a page is kept. */
  readonly planExpiresMs: number;
}

/**
 * Publishes a flow; resolves when the broker has it. What is large of its plan is stored before; the flow itself is
 * written down beside it, for whoever asks for it by its id.
 *
 * When it is not known whether the broker has it, it is published again, as a suspect (rule 4).
 *
 * @throws {BrokerUnavailable} The broker cannot be reached.
 * @throws {StoreUnavailable} The plan is large, and the store cannot be reached.
 * @throws {PublishFailed} The broker keeps refusing it.
 */
export async function publishFlow(
  flow: string,
  placed: PlacedNode,
  input: readonly Json[],
  publishing: Publishing,
): Promise<void> {
  const { broker, replies, flowLog, environment, pageSizes } = publishing;
  const replyTo = await replies.open();
  const { plan, undos } = partUndos(placed);
  const { plan: paged, pages } = paginate(plan, pageSizes);
  const { undos: sent, pages: undoPages } = paginateUndos(undos, flow, pageSizes);
  if (pages.length + undoPages.length > 0) await savePages([...pages, ...undoPages], publishing);
  const messages = start(paged, input, { flow, parent: null, replyTo }, sent);
  const written = flowLog.write({ id: flow, plan: paged, input, replyTo });
  try {
    if (messages.length > 0) await publishInsistently(messages, broker, environment);
  } finally {
    await written;
  }
}

/** Stores what is large of a plan. */
export async function savePages(
  pages: readonly PlanPage[],
  { plans, environment, planExpiresMs }: Publishing,
): Promise<void> {
  await plans.open();
  const texts = pages.map(({ id, steps }) => ({ id, text: textOfSteps(steps) }));
  await plans.save(texts, environment.now() + planExpiresMs);
}

/** Publishes; when it is not known whether the broker has them, again, as suspects (rule 4). */
export async function publishInsistently(
  messages: Messages,
  broker: Broker,
  environment: Environment,
): Promise<void> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await broker.publish(stamped(messages, attempts > 1, environment));
    } catch (error) {
      if (!(error instanceof PublishFailed) || attempts === ATTEMPTS) throw error;
      await environment.sleep(retryDelayMs(attempts, environment.random()));
    }
  }
}
