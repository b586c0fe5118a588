import type { AnyStep, AsyncResult, TaskFailed } from "@umbel/core";
import { FlowCancelled } from "@umbel/core";
import type { Turn } from "@umbel/runtime/testing";
import { expect } from "vitest";
import { Aftermath } from "./aftermath.ts";
import type { Circumstances } from "./agreement.ts";
import { disagreement } from "./agreement.ts";
import type { Flow } from "./drawn-flow.ts";
import { valueOf } from "./ending.ts";
import type { Ending } from "./ending.ts";
import type { Way } from "./evaluate.ts";
import { waysOf } from "./evaluate.ts";
import { stepOf } from "./flow-step.ts";
import { frozen } from "./frozen.ts";
import type { Plan, PlannedCancel } from "./plan.ts";
import { cancelsInOrder, faultsInOrder } from "./plan.ts";
import { Simulation } from "./simulation.ts";
import { Undos } from "./undos.ts";
import { Witness } from "./witness.ts";

/** A flow that has run in a simulation, with everything that was left to do after it. */
export interface FlowRun {
  readonly world: Simulation;
  readonly result: AsyncResult<unknown>;
}

export interface RunOptions {
  /** Looks further, while the world is still there. */
  readonly check?: (run: FlowRun) => Promise<void> | void;
}

/**
 * Runs a flow on three workers, and checks that it goes one of the ways that the evaluator knows, or ends as cancelled:
 * its result, its links, its handlers and the messages of its calls; and that nothing is left over.
 *
 * @throws {Error} It does not; with the drawn flow, and all turns taken.
 */
export async function runFlow(flow: Flow, plan: Plan, { check }: RunOptions = {}): Promise<void> {
  const run = new PlannedRun(flow, plan);
  try {
    const result = await run.toItsEnd();
    await check?.({ world: run.world, result });
    await run.checkLeftOver();
  } catch (error) {
    throw new Error(run.story(error), { cause: error });
  }
}

/** A world in which the plan's faults happen. */
export function simulate(
  { seed, faults, page, deaf, gatherMs }: Plan,
  onTurn: (turn: Turn) => void = () => {},
): Simulation {
  const pageSizes = page === null ? undefined : { whole: 0, page };
  const next = faultsInOrder(faults);
  const fault = (turn: Turn) => (onTurn(turn), next(turn));
  const fusion = gatherMs === null ? false : { gatherMs };
  return new Simulation({ seed, fault, pageSizes, deaf, fusion });
}

class PlannedRun {
  readonly world: Simulation;
  readonly #plan: Plan;
  readonly #step: AnyStep;
  readonly #ways: readonly Way[];
  readonly #witness: Witness;
  #result: AsyncResult<unknown> | undefined;
  readonly #undos: Undos;
  readonly #aftermath: Aftermath;
  #isCancelled = false;
  /** Whether somebody cancelled it by its id before its plan was written: then all of it need not end. */
  #isHalfCancelled = false;

  constructor(flow: Flow, plan: Plan) {
    this.#plan = plan;
    this.#ways = waysOf(flow, plan.input);
    this.world = simulate(plan, this.#cancelling());
    this.#step = frozen(stepOf(flow, this.world.tasks));
    this.#witness = new Witness(this.world, plan);
    this.#undos = new Undos(this.world, this.#step);
    this.#aftermath = new Aftermath(this.world, this.#undos.steps);
    if (plan.isDoubled) double(this.world);
  }

  async toItsEnd(): Promise<AsyncResult<unknown>> {
    const { world } = this;
    await world.startWorkers(3);
    const result = this.#step.apply(...this.#plan.input) as AsyncResult<unknown>;
    this.#result = result;
    const ending = await endingOf(result, world);
    await world.rest();
    expect(await this.#disagreement(ending)).toBeUndefined();
    expect(await this.#undos.wrong(result, !isValue(ending))).toBeUndefined();
    // What is known to be cancelled does not begin; what has begun and can be undone goes on (rule 39).
    expect(world.hearing.late.filter((id) => !this.#undos.steps.includes(id))).toEqual([]);
    if (!this.#isHalfCancelled) expect(this.#aftermath.wrong).toEqual([]);
    const isHeard = this.#circumstances().isFair && this.#plan.deaf === 0;
    if (isHeard) expect(this.#witness.lateLosers()).toEqual([]);
    expect(this.#witness.told.filter((id) => id.includes("+"))).toEqual([]); // nobody hears of a link's end
    return result;
  }

  async checkLeftOver(): Promise<void> {
    expect(await this.#witness.leftOver()).toEqual([]);
    this.world.endWorkers(); // what they have not acknowledged is in the queue again
    expect(this.world.server.depth("celery")).toBe(0);
  }

  story(error: unknown): string {
    const { history } = this.world;
    const turns = history.slice(0, MOST_TURNS_TOLD).join("\n");
    const untold = history.length > MOST_TURNS_TOLD ? `\n… of ${history.length}` : "";
    return [String(error), this.#step.draw(), `Turns taken:\n${turns}${untold}`].join("\n\n");
  }

  /** n.b. A cancel may be lost with whoever asked for it, or come too late: then the flow ends as it would. */
  #cancelling(): (turn: Turn) => void {
    const next = cancelsInOrder(this.#plan.cancels);
    return (turn) => {
      const result = this.#result;
      const cancel = result && next(turn);
      if (result === undefined || cancel === undefined) return;
      this.#isCancelled = true;
      this.#cancel(result, cancel).catch(() => {});
    };
  }

  async #cancel(result: AsyncResult<unknown>, { by }: PlannedCancel): Promise<void> {
    if (by === "result") return result.cancel({ reason: REASON });
    if ((await this.world.stores.flows.load(result.flow)) === null) this.#isHalfCancelled = true;
    return this.world.canceller.flow(result.flow).cancel({ reason: REASON });
  }

  async #disagreement(ending: unknown): Promise<string | undefined> {
    const circumstances = this.#circumstances();
    const seen = await this.#witness.seen();
    const isEnded = JSON.stringify(ending) === CANCELLED && this.#isCancelled;
    const ways = this.#ways.filter((way) => isEnded || isSame(comparable(way.ending), ending));
    const wrong = ways.map((way) => disagreement(way, seen, circumstances));
    if (wrong.includes(undefined)) return undefined;
    const expected = this.#ways.map((way) => JSON.stringify(comparable(way.ending)));
    return wrong[0] ?? `${JSON.stringify(ending)} is not ${[...new Set(expected)].join(" or ")}`;
  }

  #circumstances(): Circumstances {
    const { faults, isDoubled, gatherMs } = this.#plan;
    const isFair = faults.length === 0 && !isDoubled && !this.#isCancelled;
    const mostRuns = (1 + faults.length) * (isDoubled ? 2 : 1);
    return { isCancelled: this.#isCancelled, isFair, isFused: gatherMs !== null, mostRuns };
  }
}

const REASON = "enough";

/** Where somebody waits for ever, the rest is the same over and over. */
const MOST_TURNS_TOLD = 2_000;

const CANCELLED = JSON.stringify({ cancelled: REASON });

function isValue(ending: unknown): boolean {
  return typeof ending === "object" && ending !== null && "value" in ending;
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** How a result ends, as the evaluator says it. */
export async function endingOf(result: AsyncResult<unknown>, world: Simulation): Promise<unknown> {
  const outcome = await world.outcome(result);
  if (!(outcome instanceof Error)) return { value: outcome };
  if (outcome instanceof FlowCancelled) return { cancelled: outcome.reason };
  const { errorMessage } = outcome as TaskFailed;
  if (errorMessage === undefined) throw outcome;
  return { failed: errorMessage };
}

/** What {@link endingOf} must be. */
export function comparable(ending: Ending): unknown {
  return "failed" in ending ? { failed: ending.failed } : { value: valueOf(ending) };
}

/** n.b. once a task: a copy performs all its effects again, and copies of copies would grow with each step. */
function double({ server }: Simulation): void {
  const doubled = new Set<string>();
  const enqueue = server.enqueue.bind(server);
  server.enqueue = (message) => {
    enqueue(message);
    if (!doubled.has(message.id)) server.putBack("celery", message);
    doubled.add(message.id);
  };
}
