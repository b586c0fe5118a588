import type { Message } from "./message.ts";
import type { PlacedTask } from "./node.ts";

/** Whether how a call of a plan ends is not kept. n.b. In a plan only those are marked by which nothing goes (`place`). */
export function isIgnored({ options }: PlacedTask): boolean {
  return options.ignoreResult === true;
}

/**
 * Whether how a message's task ends is kept. n.b. Whatever its header says: a foreign sender marks what it likes. A later
 * turn is kept, since the one before it was.
 */
export function isKept({ options, next, callbacks, errbacks, claim, turn, compensation }: Message): boolean {
  if (options.ignoreResult !== true) return true;
  const isFollowed =
    next.steps.length > 0 || next.join !== null || callbacks.length > 0 || errbacks.length > 0;
  return isFollowed || claim !== null || turn > 0 || compensation !== undefined;
}
