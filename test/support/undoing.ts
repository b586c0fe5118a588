import { partUndos, place, stepOf } from "@umbel/canvas";
import type { AsyncResult, Compensation, OutcomeRecord } from "@umbel/core";
import { FlowCancelled } from "@umbel/core";
import { expect } from "vitest";
import type { SimulationOptions } from "./simulation.ts";
import { Simulation } from "./simulation.ts";
import type { UndoFlow } from "./undo-flows.ts";

/** A flow that has run, with all that was undone of it. */
export interface Undoing {
  readonly world: Simulation;
  /** The result, or the error of its `get()`. */
  readonly outcome: unknown;
  readonly compensation: Compensation;
}

/** Runs a flow to its end, and that of its compensation. */
export async function undoing(
  { step }: Pick<UndoFlow, "step">,
  { cancelAt, ...options }: SimulationOptions & { readonly cancelAt?: number } = {},
): Promise<Undoing> {
  let result: AsyncResult<unknown> | undefined;
  const world: Simulation = new Simulation({
    ...options,
    fault: (turn) => {
      if (turn.number === cancelAt) void result?.cancel({ reason: "enough" });
      return options.fault?.(turn);
    },
  });
  try {
    await world.startWorkers(2);
    result = step(world.tasks).apply() as AsyncResult<unknown>;
    const outcome = await world.outcome(result);
    const compensation = await world.scheduler.run(result.compensation());
    await world.scheduler.run(world.scheduler.sleep(600_000)); // whoever waits to try again has done so
    return { world, outcome, compensation };
  } catch (error) {
    throw new Error(world.history.join("\n"), { cause: error });
  }
}

/** That what the store says of each step, of its undo, and of the compensation, fit together (rules 37 to 40). */
export async function checkUndoing(flow: UndoFlow, undoings: Undoing): Promise<void> {
  const { world } = undoings;
  try {
    await checkAll(flow, undoings);
  } catch (error) {
    throw new Error(`${flow.name}:\n${world.history.join("\n")}`, { cause: error });
  }
}

async function checkAll(flow: UndoFlow, { world, outcome, compensation }: Undoing): Promise<void> {
  const isCancelled = outcome instanceof FlowCancelled;
  if (!isCancelled) expect(valueOf(outcome)).toEqual(flow.expected);
  expect(world.server.depth("celery")).toBe(0);
  const steps = stepsOf(flow, world);
  const succeeded = await keep(steps, async (id) => (await ended(world, id)).outcome.state === "SUCCESS");
  const toUndo = outcome instanceof Error ? succeeded.toReversed() : [];
  const kept = new Set(flow.failed);
  expect(compensation.undone.map(({ id }) => id)).toEqual(toUndo.filter((id) => !kept.has(id)));
  expect(compensation.failed.map(({ id }) => id)).toEqual(toUndo.filter((id) => kept.has(id)));
  await checkRuns(world, steps, toUndo);
  if (!isCancelled && flow.undone !== null)
    expect(compensation.undone.map(({ id }) => id)).toEqual(flow.undone);
  await checkNothingIsLeft(world);
}

/** Each undo ran once, or once more for a fault, in its order; and no other did. A step that has begun has an end of its own (rule 39). */
async function checkRuns(
  world: Simulation,
  steps: readonly string[],
  toUndo: readonly string[],
): Promise<void> {
  const struck = world.history.filter((line) => /!(crash|cut)/.test(line)).length;
  const undoRuns = world.attempts.filter((attempt) => / 0$/.test(attempt) && attempt.includes("!u"));
  const first = [...new Set(undoRuns)].map((attempt) => stepOf(attempt.slice(0, -2)));
  expect(first).toEqual(toUndo);
  expect(undoRuns.length).toBeLessThanOrEqual(toUndo.length + struck);
  for (const id of steps) {
    const { outcome, task } = await ended(world, id);
    if (outcome.state === "FAILURE" && task === "take" && world.runs.includes(id))
      throw new Error(`${id} has begun, never fails, and ended as if it had not`);
  }
}

/** n.b. Joins that nobody lets go stay for ever. */
async function checkNothingIsLeft({ scheduler, stores, registered }: Simulation): Promise<void> {
  await scheduler.run(scheduler.sleep(30 * 86_400_000));
  expect(await keep([...registered], async (id) => (await stores.joins.read(id)) !== null)).toEqual([]);
}

/** The steps of a flow that have an undo, in the order of the plan. */
export function stepsOf({ step }: Pick<UndoFlow, "step">, { tasks }: Simulation): readonly string[] {
  return partUndos(place(step(tasks).node, "F1")).undos.map(({ id }) => stepOf(id));
}

async function ended(world: Simulation, id: string): Promise<OutcomeRecord> {
  const record = await world.stored(id);
  if (record === null) throw new Error(`${id} has not ended`);
  return record;
}

function valueOf(outcome: unknown): unknown {
  return outcome instanceof Error ? (outcome as { readonly errorMessage?: unknown }).errorMessage : outcome;
}

async function keep(
  ids: readonly string[],
  test: (id: string) => Promise<boolean>,
): Promise<readonly string[]> {
  const kept = await Promise.all(ids.map(async (id) => ((await test(id)) ? [id] : [])));
  return kept.flat();
}
