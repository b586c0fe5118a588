import { MOST_ATTEMPTS } from "./drawn-flow.ts";
import { attemptFailure } from "./flow-tasks.ts";
import type { ErrorLink, Failed, Given } from "./said.ts";

/** What a flow comes to: what the next step is given, or how the call failed that is first in the order of the flow. */
export type Ending = { readonly gives: readonly unknown[] } | Failed;

/** The result of a flow that has succeeded: an empty chain that is given nothing gives null. */
export function valueOf(ending: Ending): unknown {
  return "gives" in ending ? (ending.gives[0] ?? null) : undefined;
}

/** What a group comes to whose members come to this. */
export function joined(
  endings: readonly Ending[],
  given: Given,
  collect: (values: readonly unknown[]) => unknown,
): Ending {
  const failure = endings.find((ending) => "failed" in ending);
  if (failure === undefined) return { gives: [collect(endings.map(valueOf))] };
  return { ...failure, ofGroup: atBody(given) };
}

/** The error links that are on the body of a group. */
export function atBody({ errorLinks }: Given): readonly ErrorLink[] {
  return errorLinks.filter(({ isLast }) => !isLast);
}

/** What a step is given after this. */
export function endOf(before: Ending): Pick<Given, "args" | "failed"> {
  return "failed" in before ? { args: [], failed: before } : { args: before.gives, failed: null };
}

/** What a task fails of that is given up. */
export function exhausted(task: string): string {
  const last = attemptFailure(MOST_ATTEMPTS - 1);
  return `${task} was given up after ${MOST_ATTEMPTS} attempts; the last one failed with ${last.name}: ${last.message}`;
}

/** What an `each` fails of that can never have what its policy needs. */
export function tooFew(items: readonly number[]): Failed {
  return {
    failed: `each got a list of ${items.length}, of which its policy can never have what it needs`,
  };
}
