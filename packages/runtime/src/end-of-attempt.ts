import { nextTurn, takeOver } from "@umbel/canvas";
import type { Failed, Failure, Message, Replaced, Retry } from "@umbel/core";
import { InvalidFlow, RetryExhausted, failed, stamped, toFailure } from "@umbel/core";
import { checkedPolicy, policyDelayMs } from "./retry-policy.ts";
import type { Replacement } from "./replacement.ts";
import { isReplacement } from "./replacement.ts";
import { isRetryRequest } from "./retry-request.ts";

/** When and where an attempt was made. */
export interface Circumstances {
  readonly queue: string;
  /** Where steps go that name no queue. */
  readonly defaultQueue: string;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  /** Uniform in [0, 1). */
  readonly random: number;
}

/**
 * How a turn ends whose handler threw this: in a failure, in a retry where one is asked for and left, or in a step that
 * takes the task's place.
 */
export function endOfAttempt(
  thrown: unknown,
  message: Message,
  circumstances: Circumstances,
): Failed | Retry | Replaced {
  const { task, id, retries } = message;
  if (isReplacement(thrown)) return replaced(thrown, message, circumstances);
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

/** n.b. Stamps are the flow's: its steps have them, too. */
function replaced(
  { node }: Replacement,
  message: Message,
  { queue, defaultQueue }: Circumstances,
): Failed | Replaced {
  const { id, task, turn, options } = message;
  try {
    if (turn >= MOST_TURNS)
      throw new InvalidFlow(`${task} has had ${turn} turns, and may not be replaced again`);
    const step = options.stamps === undefined ? node : stamped(node, options.stamps);
    return { state: "REPLACED", next: takeOver(message, step, { own: queue, default: defaultQueue }) };
  } catch (error) {
    return failed(toFailure(error, task, id)); // such as a group that is too large
  }
}

/** Attempts and replacements of one task: whoever replaces itself without end is stopped here (rule 29). */
const MOST_TURNS = 10_000;

/** n.b. The stack is the handler's: ours says nothing. */
function exhausted(last: Failure, attempts: number): Failure {
  const { task, id, stack } = last;
  const error = new RetryExhausted(task, attempts, last);
  return { ...toFailure(error, task, id), stack, cause: last };
}
