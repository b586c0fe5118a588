import type { Backend, Broker } from "@umbel/core";
import type { PageSizes } from "@umbel/canvas";
import type { Publishing } from "./apply.ts";
import { backendFor, brokerFor, schemeOf } from "./connect.ts";
import type { Environment } from "./environment.ts";
import { FlowLog } from "./flow-log.ts";
import { ReplyQueue } from "./reply-queue.ts";
import { retentionOf } from "./retention.ts";
import type { UmbelOptions } from "./umbel.ts";

/** What connects an app to the world. */
export interface Connected {
  readonly broker: Broker;
  readonly backend: Backend;
  readonly replies: ReplyQueue;
  readonly publishing: Publishing;
}

/** What the options of an app ask for; nothing is opened. */
export async function connectedBy(
  options: UmbelOptions,
  app: string,
  environment: Environment,
): Promise<Connected> {
  const { backend: store, broker: carrier, queue = "celery" } = options;
  const backend = typeof store === "object" ? store : await backendFor(store, environment);
  const broker = typeof carrier === "object" ? carrier : await brokerFor(carrier, app, queue);
  const replies = new ReplyQueue(broker, backend.results, environment);
  const { planExpiresMs, flowExpiresMs } = retentionOf(options);
  const flowLog = new FlowLog(backend.flows, { app, environment, flowExpiresMs });
  const { pageSizes = isMemory(carrier) ? NO_PAGES : PAGE_SIZES } = options;
  const { plans } = backend;
  const publishing = { broker, plans, replies, flowLog, environment, pageSizes, planExpiresMs };
  return { broker, backend, replies, publishing };
}

function isMemory(carrier: UmbelOptions["broker"]): boolean {
  return typeof carrier !== "object" && schemeOf(carrier) === "memory";
}

const PAGE_SIZES: PageSizes = { whole: 32_000, page: 8_000 };
const NO_PAGES: PageSizes = { whole: Infinity, page: Infinity };
