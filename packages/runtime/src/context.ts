import type { JsonObject, Message, Step } from "@umbel/core";
import { InvalidFlow } from "@umbel/core";
import type { Additions } from "./additions.ts";
import type { Watch } from "./cancels.ts";
import { Replacement } from "./replacement.ts";
import type { RetryOptions } from "./retry-request.ts";
import { RetryRequest } from "./retry-request.ts";

/** What a running task knows of itself; given to handlers of tasks with `{ bind: true }`. */
export interface TaskContext {
  /** The task's id: the same in every run of it, so that a handler can make its own effects idempotent. */
  readonly id: string;
  /** The task's name. */
  readonly task: string;
  /** The id of the flow. */
  readonly flow: string;
  /** Attempts before this one. */
  readonly retries: number;
  /**
   * Asks for another attempt: throw what it gives, or return it. When the task may not be tried again it fails with
   * `RETRY_EXHAUSTED`.
   *
   * @throws {InvalidOption} An option is out of its bounds.
   * @example
   * throw ctx.retry({ error, countdownMs: 5_000 });
   */
  readonly retry: (options?: RetryOptions) => RetryRequest;
  /**
   * Asks for a step to take this task's place: throw what it gives, or return it. The task then ends as the step does, and
   * has its result; what follows the task, and what waits for it, waits for the step.
   *
   * @param step - Needs no input. Steps of it that name no queue go to the app's default one.
   * @throws {InvalidFlow} There is no call in the step; the handler has added to its group; or this is an item of a `map` or
   *   `starmap`, which is one message.
   * @example
   * return ctx.replace(group(pages.map((page) => fetchPage.s(page))).pipe(merge.s()));
   */
  readonly replace: <Out>(step: Step<[], Out>) => Replacement<Out>;
  /**
   * Adds a member to the group that this task ends a member of: the last step of a member of a group of the policy `all` or
   * `settled`, which something waits for. Any number of times, up to 1,000. When the handler returns the additions begin, and
   * the group waits for them, too; its body gets the results of the members in order, then those of the additions, by the
   * member and the call that added them. An attempt that fails or is tried again adds nothing; nor can one whose place
   * another step takes, but that step can, where it is one call.
   *
   * @param step - Needs no input. It goes to the app's queue where it names none, and has this flow's stamps.
   * @throws {InvalidFlow} From another task than that: one that others follow, of a race, of a record, in a map; one of
   *   several steps that took a task's place; a step without a call; a step of another app; too many; after the handler has
   *   ended.
   * @example
   * for (const link of page.links) ctx.addToChord(fetchPage.s(link));
   */
  readonly addToChord: (step: Step<[], unknown>) => void;
  /** The headers that its sender gave it (`.set({ headers })`). */
  readonly headers: JsonObject;
  /** The stamps of its flow (`.stamp(…)`). */
  readonly stamps: JsonObject;
  /**
   * Aborts when the flow is cancelled, or the race that this is a member of is decided without it (its reason is then a
   * `FlowCancelled`); and when the worker gives up waiting for this task. What a handler throws after a cancel does not
   * matter, and what it returns loses against the cancel. A handler that does not look at it runs to its end.
   */
  readonly signal: AbortSignal;
}

/**
 * The context of one run.
 *
 * @param givingUp - Aborted when the worker gives up waiting for what runs.
 */
export function contextOf(
  message: Message,
  watch: Watch,
  givingUp: AbortSignal,
  additions: Additions,
): TaskContext {
  return new RunContext(message, watch, givingUp, additions);
}

/** n.b. A class: an object with a getter of its own is of a shape of its own, and each shape is kept for long. */
class RunContext implements TaskContext {
  readonly id: string;
  readonly task: string;
  readonly flow: string;
  readonly retries: number;
  readonly retry = retryRequest;
  readonly replace: TaskContext["replace"];
  readonly addToChord: TaskContext["addToChord"];
  readonly headers: JsonObject;
  readonly stamps: JsonObject;
  readonly #watch: Watch;
  readonly #givingUp: AbortSignal;
  #signal: AbortSignal | null = null;

  constructor(message: Message, watch: Watch, givingUp: AbortSignal, additions: Additions) {
    const { id, task, flow, retries, options } = message;
    this.id = id;
    this.task = task;
    this.flow = flow;
    this.retries = retries;
    this.replace = (step) => {
      additions.checkReplaceable();
      return new Replacement(step);
    };
    this.addToChord = (step) => additions.add(step);
    this.headers = options.headers ?? {};
    this.stamps = options.stamps ?? {};
    this.#watch = watch;
    this.#givingUp = givingUp;
  }

  get signal(): AbortSignal {
    this.#signal ??= AbortSignal.any([this.#givingUp, this.#watch.signal]); // n.b. few handlers ask for it
    return this.#signal;
  }
}

function retryRequest(options?: RetryOptions): RetryRequest {
  return new RetryRequest(options);
}

/** The context of one of several calls in one message: what becomes of that message is not one call's to say. */
export function contextOfItem(context: TaskContext): TaskContext {
  const replace = (): never => {
    throw new InvalidFlow(
      "an item of a map cannot be replaced: all of them are one message; use a group, or each",
    );
  };
  const own = { replace: { value: replace }, signal: { get: () => context.signal } };
  return Object.create(context, own) as TaskContext;
}
