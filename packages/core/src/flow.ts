import type { AsyncResult, CancelOptions } from "./async-result.ts";
import type { DrawFormat, DrawOptions } from "./drawing/draw.ts";
import type { EventsOptions, FlowEvent } from "./flow-event.ts";
import type { FlowTree } from "./flow-tree.ts";

/** A flow that was sent, by this process or another: what `app.flow(id)` gives. Nothing is read before it is asked. */
export interface Flow<out Out> {
  readonly id: string;
  /**
   * The flow and what is known of each of its tasks now: its plan, and one range read of the results.
   *
   * Of a task that Celery sent, or a chain of such, it is that task alone: Celery's other tasks have other ids.
   *
   * @throws {FlowNotFound} Nothing is stored of it: it expired, the id is of no flow, or it is a single call that has not
   *   ended yet, of which nothing is stored before.
   * @throws {StoreUnavailable} The store cannot be reached.
   * @throws {AppClosed} The app was closed.
   */
  tree(): Promise<FlowTree>;
  /** What the flow comes to: PENDING, STARTED when any of its tasks has begun, SUCCESS, FAILURE, REVOKED. Throws as {@link tree}. */
  state(): Promise<string>;
  /**
   * The flow as a picture, with the state of each task and why it failed; as `result.draw()` of who sent it, with the
   * members of each `each` that has begun and the steps that took the place of tasks. Throws as {@link tree}.
   *
   * @param format - Default `text`.
   * @throws {InvalidOption} There is no such format, or `limit` is out of its bounds.
   */
  draw(format?: DrawFormat, options?: DrawOptions): Promise<string>;
  /**
   * The flow's result, to wait for in any process. It has no `parent` and no `children`: see {@link tree}. Of an id of
   * which nothing is stored `get()` waits, since it may be a single call that has not ended.
   */
  result(): AsyncResult<Out>;
  /**
   * Ends the whole flow, as `result.cancel()` does; of a flow whose plan is not stored any more, the task that has its id,
   * and what of it is queued or runs.
   *
   * @throws {BrokerUnavailable} The broker cannot be reached.
   * @throws {StoreUnavailable} The store cannot be reached.
   * @throws {InvalidOption} The reason is no text of 1 to 1,000 characters.
   */
  cancel(options?: CancelOptions): Promise<void>;
  /** What happens in the flow, from its beginning: see `result.events()`. */
  events(options?: EventsOptions): AsyncIterableIterator<FlowEvent>;
}
