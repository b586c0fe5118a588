import { checkedOptions } from "@umbel/core";
import { isReplacement } from "./replacement.ts";
import type { RetryPolicy } from "./retry-policy.ts";
import { checkedMaxRetries } from "./retry-policy.ts";

/** How a handler asks for another attempt. */
export interface RetryOptions {
  /** Milliseconds until then, from 0 to ten years, rounded; default what the task's options say. */
  readonly countdownMs?: number;
  /** Why: what the handler caught. It is stored until then, and at the caller when there is no other attempt. */
  readonly error?: unknown;
  /** Attempts after the first, an integer from 0; null for no limit. Default what the task's options say. */
  readonly maxRetries?: number | null;
}

const REQUEST: unique symbol = Symbol.for("umbel.retry") as never;

/**
 * What `ctx.retry()` gives. To throw it, or to return it, ends the attempt and asks for another one.
 *
 * n.b. It is an `Error` so that it may be thrown, and no `UmbelError`: nobody catches it with those by accident.
 */
export class RetryRequest extends Error {
  readonly [REQUEST] = true;
  readonly options: RetryOptions;
  /** The policy of the task that asks; null until it has left the handler. */
  readonly policy: RetryPolicy | null;

  /** @throws {InvalidOption} An option is out of its bounds. */
  constructor(options: RetryOptions = {}, policy: RetryPolicy | null = null) {
    const { countdownMs, error, maxRetries } = options;
    super("the handler asked for another attempt", error === undefined ? {} : { cause: error });
    this.name = "RetryRequest";
    if (maxRetries !== undefined) checkedMaxRetries(maxRetries, "ctx.retry");
    const checked = countdownMs === undefined ? {} : checkedOptions({ countdownMs }, "ctx.retry");
    this.options = { ...options, ...checked };
    this.policy = policy;
  }
}

/** Whether it asks for another attempt, of this copy of the package or another. */
export function isRetryRequest(value: unknown): value is RetryRequest {
  return (
    typeof value === "object" &&
    value !== null &&
    (value as { readonly [REQUEST]?: unknown })[REQUEST] === true
  );
}

/** What a handler threw, or a request where the task's policy makes one of it. */
export function underPolicy(thrown: unknown, policy: RetryPolicy): unknown {
  if (isReplacement(thrown)) return thrown;
  if (isRetryRequest(thrown)) return new RetryRequest(thrown.options, policy);
  return policy.isRetried(thrown) ? new RetryRequest({ error: thrown }, policy) : thrown;
}
