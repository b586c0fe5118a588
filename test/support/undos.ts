import { partUndos, place, stepOf } from "@umbel/canvas";
import type { AnyStep, AsyncResult } from "@umbel/core";
import type { Simulation } from "./simulation.ts";

/** The steps of a simulated flow that can be undone, by what the store says of them (rules 37 to 40). */
export class Undos {
  /** Ids of steps, in the order of the plan. */
  readonly steps: readonly string[];
  readonly #world: Simulation;

  constructor(world: Simulation, step: AnyStep) {
    this.#world = world;
    this.steps = partUndos(place(step.node, "F1")).undos.map(({ id }) => stepOf(id));
  }

  /**
   * What was not undone as it had to be, once a flow has ended and nothing is left to do: of a flow that has failed each step that
   * succeeded, the last one first, and of another none.
   */
  async wrong(result: AsyncResult<unknown>, hasFailed: boolean): Promise<string | undefined> {
    if (this.steps.length === 0) return undefined;
    const { scheduler, begun } = this.#world;
    const { undone, failed } = await scheduler.run(result.compensation());
    const expected = hasFailed ? (await this.#succeeded()).toReversed() : [];
    const ran = new Set(begun.flatMap(({ what, id }) => (what.startsWith("undo ") ? [stepOf(id)] : [])));
    const kept = new Set(failed.map(({ id }) => id));
    const told = [...undone, ...failed].map(({ id }) => id);
    return (
      differing("undone in this order", [...ran], expected) ??
      differing("told of as undone", [...told].toSorted(), [...expected].toSorted()) ??
      differing("told of as not undone", [...kept], await this.#notUndone(expected))
    );
  }

  async #succeeded(): Promise<readonly string[]> {
    return this.#whose(this.steps, (id) => id, "SUCCESS");
  }

  async #notUndone(steps: readonly string[]): Promise<readonly string[]> {
    return this.#whose(steps, (id) => `${id}!u`, "FAILURE");
  }

  async #whose(
    steps: readonly string[],
    taskOf: (step: string) => string,
    state: "SUCCESS" | "FAILURE",
  ): Promise<readonly string[]> {
    const stored = await Promise.all(steps.map((step) => this.#world.stored(taskOf(step))));
    return steps.filter((_, i) => stored[i]?.outcome.state === state);
  }
}

function differing(what: string, seen: readonly string[], expected: readonly string[]): string | undefined {
  if (JSON.stringify(seen) === JSON.stringify(expected)) return undefined;
  return `${what}: ${seen.join(" ")}, not ${expected.join(" ")}`;
}
