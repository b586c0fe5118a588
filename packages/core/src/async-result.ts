import type { Compensation } from "./compensation.ts";
import type { EventsOptions, FlowEvent } from "./flow-event.ts";
import type { DrawFormat, DrawOptions } from "./drawing/draw.ts";

/** How long, and under which signal, to wait for a result. */
export interface GetOptions {
  /** Milliseconds; default: no limit. */
  readonly timeoutMs?: number;
  /** Ends the wait with the signal's reason. The flow goes on. */
  readonly signal?: AbortSignal;
}

/** Why a flow is cancelled. */
export interface CancelOptions {
  /** What whoever waits for it is told. Default `no reason given`. */
  readonly reason?: string;
}

/** The result of a flow that was sent, of one of its steps, or of a group. */
export interface AsyncResult<out Out> {
  /** The id of the task whose result this is; of the group, for a group. */
  readonly id: string;
  /** The id of the flow that it is of: what `app.flow(id)` takes, in any process. */
  readonly flow: string;
  /** Resolves when the broker has confirmed the flow; rejects when it could not be published. */
  readonly published: Promise<void>;
  /** The result of the step before this one in its chain; null for the first. */
  readonly parent: AsyncResult<unknown> | null;
  /** The members' results, for a group; else empty. */
  readonly children: readonly AsyncResult<unknown>[];
  /**
   * Waits for the result.
   *
   * @throws {TaskFailed} The task failed, or one that it depends on.
   * @throws {FlowCancelled} The flow was cancelled, or it is a member of a race that others decided.
   * @throws {ResultTimeout} It did not come within `timeoutMs`.
   * @throws {ResultIgnored} It was sent with `ignoreResult`: nothing will come.
   * @throws {BrokerUnavailable} The flow could not be published.
   * @throws {AppClosed} The app was closed meanwhile.
   */
  get(options?: GetOptions): Promise<Out>;
  /** PENDING, STARTED, RETRY, SUCCESS, FAILURE, REVOKED, or a state of the task's own. */
  state(): Promise<string>;
  /** Whether the task, or every member of the group, has ended. */
  ready(): Promise<boolean>;
  /**
   * The flow up to here as a picture, as `step.draw()` has it, with the state of each task as it is now, and why it
   * failed. A member of a group draws itself only; its `parent`, unless it is within that member, the flow before the
   * group. What was not reached, and what was forgotten, is PENDING.
   *
   * @param format - Default `text`.
   * @throws {InvalidOption} There is no such format, or `limit` is out of its bounds.
   * @throws {StoreUnavailable} The store cannot be reached.
   * @throws {AppClosed} The app was closed.
   * @example
   * await result.draw();
   * // chain
   * // ├─ fetch("a.csv") · SUCCESS
   * // ├─ parse(…) · FAILURE · SyntaxError: no comma in line 7
   * // └─ save(…) · FAILURE · since parse failed
   */
  draw(format?: DrawFormat, options?: DrawOptions): Promise<string>;
  /**
   * What happens in the whole flow, from its beginning, as it is seen: which task began, succeeded, failed. It ends when the
   * flow's result is there; what is linked to it is told of until then. Each end is told exactly once and never missed,
   * since the store is what is read; starts are best effort.
   *
   * In memory it is told at once. Over a broker the store is read: again a quarter of a second after something was seen,
   * and less and less often where nothing is, down to every two seconds; never more than a tenth of the time. Nothing is
   * read while the consumer has not taken what there is; all that is held then is an id for each task seen.
   *
   * @throws {ResultIgnored} It is one call, sent with `ignoreResult`: nothing is told of it.
   * @throws {StoreUnavailable} The store cannot be reached.
   * @throws {AppClosed} The app was closed before the end.
   * @example
   * for await (const { type, task, id } of result.events()) console.log(type, task, id);
   */
  events(options?: EventsOptions): AsyncIterableIterator<FlowEvent>;
  /**
   * Ends the whole flow that this is a result of, whichever of its results this is, from any process: what is queued does
   * not run, what runs hears it through `ctx.signal`, and every `get()` ends with `FlowCancelled`. What has ended
   * keeps its result; of a flow that has ended nothing changes. Twice is as good as once.
   *
   * Resolves when the broker and the store have it; the workers see to it then, and a moment passes until all have heard.
   *
   * @throws {BrokerUnavailable} The broker cannot be reached, or the flow could not be published.
   * @throws {StoreUnavailable} The store cannot be reached.
   * @throws {InvalidOption} The reason is no text of 1 to 1,000 characters.
   * @throws {AppClosed} The app was closed.
   * @example
   * const result = report.s(2026).apply();
   * await result.cancel({ reason: "not needed any more" });
   * await result.get(); // throws FlowCancelled: … not needed any more
   */
  cancel(options?: CancelOptions): Promise<void>;
  /**
   * Waits until the compensation of the whole flow is over, and tells what was undone and what could not be (see
   * `step.compensate`); whichever of its results this is. Nothing, where the flow succeeded; and at once, where no step of
   * it has an undo.
   *
   * n.b. `get()` does not wait for it: it rejects when the flow has failed.
   *
   * @throws {ResultTimeout} It is not over within `timeoutMs`.
   * @throws {TaskFailed} What is known of it was lost in the store (`JOIN_LOST`).
   * @throws {BrokerUnavailable} The flow could not be published.
   * @throws {AppClosed} The app was closed meanwhile.
   * @example
   * const { undone, failed } = await result.compensation();
   * for (const { task, reason } of failed) console.error(`${task} is not undone: ${reason.message}`);
   */
  compensation(options?: GetOptions): Promise<Compensation>;
  /** Drops the stored outcome. Call it when the flow has ended and nobody will ask again. */
  forget(): Promise<void>;
}
