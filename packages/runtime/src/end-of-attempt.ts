import { nextTurn } from "@umbel/canvas";
import type { Failed, Failure, Message, Retry } from "@umbel/core";
import { RetryExhausted, failed, toFailure } from "@umbel/core";
import { checkedPolicy, policyDelayMs } from "./retry-policy.ts";
import { isRetryRequest } from "./retry-request.ts";

/** When and where an attempt was made. */
export interface Circumstances {
  readonly queue: string;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  /** Uniform in [0, 1). */
  readonly random: number;
}

/** How a turn ends whose handler threw this: in a failure, or in a retry where one is asked for and left. */
export function endOfAttempt(
  thrown: unknown,
  message: Message,
  circumstances: Circumstances,
): Failed | Retry {
  const { task, id, retries } = message;
  if (!isRetryRequest(thrown)) return failed(toFailure(thrown, task, id));
  const failure = toFailure(thrown.options.error ?? thrown, task, id);
  const { options } = thrown;
  const policy = thrown.policy ?? checkedPolicy(task, {});
  const { maxRetries = policy.maxRetries } = options;
  if (maxRetries !== null && retries >= maxRetries) return failed(exhausted(failure, retries + 1));
  const { queue, nowMs, random } = circumstances;
  const delayMs = options.countdownMs ?? policyDelayMs(policy, retries, random);
  return { state: "RETRY", failure, next: nextTurn(message, queue, nowMs + delayMs) };
}

/** n.b. The stack is the handler's: ours says nothing. */
function exhausted(last: Failure, attempts: number): Failure {
  const { task, id, stack } = last;
  const error = new RetryExhausted(task, attempts, last);
  return { ...toFailure(error, task, id), stack, cause: last };
}
