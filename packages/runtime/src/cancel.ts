import type { PlacedNode } from "@umbel/core";
import { InvalidOption } from "@umbel/core";
import { cancelMessage, paginateWhole, scopeOf } from "@umbel/canvas";
import type { Publishing } from "./apply.ts";
import { publishInsistently, savePages } from "./apply.ts";

/** Characters of a reason: each task that is cancelled keeps it. */
const LONGEST_REASON = 1_000;

/**
 * Publishes what ends a flow, and tells the workers at once; resolves when the broker has it.
 *
 * The message is what counts: it outlives whoever sent it. The workers are told before one of them handles it, since it may
 * have to wait in its queue behind the very tasks that are not to run.
 *
 * @throws As `publishFlow`.
 */
export async function publishCancel(
  flow: string,
  placed: PlacedNode,
  reason: string,
  publishing: Publishing,
): Promise<void> {
  const { broker, replies, environment, pageSizes } = publishing;
  if (scopeOf([placed]).tasks.length + scopeOf([placed]).spreads.length === 0) return; // nothing was sent
  const replyTo = await replies.open();
  const { plan, pages } = paginateWhole(placed, pageSizes);
  if (pages.length > 0) await savePages(pages, publishing);
  await publishInsistently(
    [cancelMessage(plan, reason, { flow, parent: null, replyTo })],
    broker,
    environment,
  );
  broker.broadcast([{ scope: flow, reason }]);
}

/** @throws {InvalidOption} It is no text of 1 to 1,000 characters. */
export function checkedReason(reason: unknown): string {
  if (typeof reason === "string" && reason.length >= 1 && reason.length <= LONGEST_REASON) return reason;
  const what = typeof reason === "string" ? `of ${reason.length} characters` : JSON.stringify(reason);
  throw new InvalidOption(
    `the reason of a cancel is ${what}; it has to be a text of 1 to ${LONGEST_REASON} characters`,
  );
}
