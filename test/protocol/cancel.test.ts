import type { AnyStep, AsyncResult } from "@umbel/core";
import { FlowCancelled } from "@umbel/core";
import { place, scopeOf } from "@umbel/canvas";
import type { Fault, Turn } from "@umbel/runtime/testing";
import { describe, expect, test } from "vitest";
import type { KnownFlow } from "../support/flows.ts";
import { FLOWS } from "../support/flows.ts";
import type { SimulationOptions } from "../support/simulation.ts";
import { Simulation } from "../support/simulation.ts";

interface Cancelled {
  readonly world: Simulation;
  /** The result, or the error of its `get()`. */
  readonly outcome: unknown;
  /** Handlers that began after the workers had been told, with the cancel performed. */
  readonly late: readonly string[];
}

/** Runs a flow, and cancels it at a turn. */
async function cancelAt(
  step: (world: Simulation) => AnyStep,
  at: number,
  options: SimulationOptions = {},
): Promise<Cancelled> {
  let result: AsyncResult<unknown> | undefined;
  let performed: number | null = null;
  const world: Simulation = new Simulation({
    ...options,
    fault: (turn) => {
      if (turn.number === at) void result?.cancel({ reason: "enough" });
      return options.fault?.(turn);
    },
  });
  await world.startWorkers(2);
  world.onAcknowledged = (task) => {
    if (task === "umbel.cancel" && world.server.signalsOnTheWay === 0) performed ??= world.runs.length;
  };
  result = step(world).apply() as AsyncResult<unknown>;
  const outcome = await world.outcome(result);
  await world.scheduler.run(world.scheduler.sleep(600_000)); // whoever waits to try again has done so
  return { world, outcome, late: performed === null ? [] : world.runs.slice(performed) };
}

async function check(flow: KnownFlow, at: number, options: SimulationOptions): Promise<Cancelled> {
  const cancelled = await cancelAt(({ tasks }) => flow.step(tasks), at, options);
  const { world, outcome, late } = cancelled;
  try {
    expect(isExpected(flow, outcome) || isCancelled(outcome), String(outcome)).toBe(true);
    expect(late).toEqual([]);
    expect(world.server.depth("celery")).toBe(0);
    const { tasks } = scopeOf([place(flow.step(world.tasks).node, "F1")]);
    for (const { id } of tasks) expect(await world.stored(id), id).not.toBeNull();
    expect(await openJoins(world)).toEqual([]);
  } catch (error) {
    const history = world.history.join("\n");
    throw new Error(`${flow.name} at ${at}, seed ${options.seed}:\n${history}`, { cause: error });
  }
  return cancelled;
}

function isExpected({ expected }: KnownFlow, outcome: unknown): boolean {
  if (!(outcome instanceof Error)) return JSON.stringify(outcome) === JSON.stringify(expected);
  return (outcome as { readonly errorMessage?: unknown }).errorMessage === expected;
}

function isCancelled(outcome: unknown): boolean {
  return outcome instanceof FlowCancelled && outcome.flow === "F1" && outcome.reason === "enough";
}

/** Joins that nobody would ever let go. */
async function openJoins({ scheduler, stores, registered }: Simulation): Promise<readonly string[]> {
  await scheduler.run(scheduler.sleep(30 * 86_400_000));
  const found = await Promise.all(
    [...registered].map(async (id) => ((await stores.joins.read(id)) ? [id] : [])),
  );
  return found.flat();
}

describe.each(FLOWS)("$name", (flow) => {
  test("ends when it is cancelled at any turn", async () => {
    const { scheduler } = await ended(flow);
    let cancels = 0;
    for (let at = 1; at <= scheduler.turns; at += 1) {
      for (let seed = 1; seed <= 3; seed += 1) {
        const { outcome } = await check(flow, at, { seed });
        if (outcome instanceof FlowCancelled) cancels += 1;
      }
    }
    expect(cancels).toBeGreaterThan(0);
  });

  test.each(["crash", "cut", "lose"] as const)("and when there is a %s of whoever cancels", async (kind) => {
    const { scheduler } = await ended(flow);
    for (let at = 1; at <= scheduler.turns; at += 3) {
      for (let nth = 1; nth <= 14; nth += 2) await check(flow, at, { seed: at, fault: canceller(kind, nth) });
    }
  });
});

async function ended(flow: KnownFlow): Promise<Simulation> {
  const world = new Simulation();
  await world.flow(flow.step(world.tasks));
  return world;
}

/** A fault at the nth turn of the worker that performs the cancel, from its first effect on. */
function canceller(kind: Fault, nth: number): (turn: Turn) => Fault | undefined {
  let [actor, turns] = ["", 0];
  return (turn) => {
    if (actor === "" && turn.label === "cancel F1" && turn.actor !== "client") ({ actor } = turn);
    if (turn.actor !== actor || actor === "") return undefined;
    turns += 1;
    return turns === nth ? kind : undefined;
  };
}
