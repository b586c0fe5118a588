import type { AnyStep, Node, Step } from "@umbel/core";
import { InvalidFlow, firstTask } from "@umbel/core";

const REPLACEMENT: unique symbol = Symbol.for("umbel.replacement") as never;

declare const result: unique symbol;

/**
 * What `ctx.replace()` gives. To throw it, or to return it, ends the attempt: the task goes on as the step, and has its
 * result.
 *
 * n.b. It is an `Error` so that it may be thrown, and no `UmbelError`: nobody catches it with those by accident.
 */
export class Replacement<out Out = unknown> extends Error {
  declare readonly [result]: Out;
  readonly [REPLACEMENT] = true;
  readonly node: Node;

  /** @throws {InvalidFlow} There is no call in the step. */
  constructor(step: Step<[], Out>) {
    super("the handler asked for a step to take the task's place");
    this.name = "Replacement";
    this.node = checked(step).node;
  }
}

/** Whether it replaces its task, of this copy of the package or another. */
export function isReplacement(value: unknown): value is Replacement {
  return (
    typeof value === "object" &&
    value !== null &&
    (value as { readonly [REPLACEMENT]?: unknown })[REPLACEMENT] === true
  );
}

function checked(step: AnyStep): AnyStep {
  const { node } = (step ?? {}) as Partial<AnyStep>;
  if (node === undefined)
    throw new InvalidFlow("ctx.replace takes a step, such as add.s(1, 2) or a chain of steps");
  if (firstTask(node) === undefined)
    throw new InvalidFlow("ctx.replace got a step without a call; return the value instead");
  return step;
}
