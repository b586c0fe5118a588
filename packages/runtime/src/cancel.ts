import type { JoinStore, PlacedNode } from "@umbel/core";
import { InvalidOption } from "@umbel/core";
import { cancelMessage, paginateWhole, partUndos, scopeOf } from "@umbel/canvas";
import type { Publishing } from "./apply.ts";
import { publishInsistently, savePages } from "./apply.ts";

/** Characters of a reason: each task that is cancelled keeps it. */
const LONGEST_REASON = 1_000;

/** What cancelling needs of the app. */
export interface Cancelling extends Publishing {
  readonly joins: JoinStore;
  /** Milliseconds that it is kept that a flow was cancelled. */
  readonly cancelExpiresMs: number;
}

/**
 * Publishes what ends a flow, then keeps that it was cancelled and tells the workers; resolves when that is done.
 *
 * The message is what counts: it outlives whoever sent it, and ends the flow. The rest does not wait for a worker to handle
 * it, since it may stand in its queue behind the very tasks that are not to run, and behind one that would run for ever.
 *
 * @throws As `publishFlow`; and `StoreUnavailable`, when the message was published: to cancel again does no harm.
 */
export async function publishCancel(
  flow: string,
  placed: PlacedNode,
  reason: string,
  cancelling: Cancelling,
): Promise<void> {
  const { broker, replies, environment, pageSizes, joins, cancelExpiresMs } = cancelling;
  if (scopeOf([placed]).tasks.length + scopeOf([placed]).spreads.length === 0) return; // nothing was sent
  const replyTo = await replies.open();
  // n.b. Pages of its own: where the flow is not written down yet, the plan is none of the flow's.
  const { plan, pages } = paginateWhole(partUndos(placed).plan, pageSizes, `@${environment.nonce()}`);
  if (pages.length > 0) await savePages(pages, cancelling);
  await publishInsistently(
    [cancelMessage(plan, reason, { flow, parent: null, replyTo })],
    broker,
    environment,
  );
  const cancel = { scope: flow, reason };
  await joins.open();
  await joins.noteCancel(cancel, environment.now() + cancelExpiresMs);
  broker.broadcast([cancel]);
}

/** @throws {InvalidOption} It is no text of 1 to 1,000 characters. */
export function checkedReason(reason: unknown): string {
  if (typeof reason === "string" && reason.length >= 1 && reason.length <= LONGEST_REASON) return reason;
  const what = typeof reason === "string" ? `of ${reason.length} characters` : JSON.stringify(reason);
  throw new InvalidOption(
    `the reason of a cancel is ${what}; it has to be a text of 1 to ${LONGEST_REASON} characters`,
  );
}
