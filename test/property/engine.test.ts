import type { TaskFailed } from "@umbel/core";
import type { Fault, Turn } from "@umbel/runtime/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Flow } from "../support/arbitrary-flow.ts";
import { arbitraryFlow, evaluate, stepOf } from "../support/arbitrary-flow.ts";
import { Simulation } from "../support/simulation.ts";

const isDeep = process.env["UMBEL_DEEP"] === "1";
const parameters = { numRuns: isDeep ? 10_000 : 200 };

/** What goes wrong in a run: at most three faults, each at a turn of its own. */
interface Plan {
  readonly seed: number;
  readonly faults: readonly { readonly at: number; readonly kind: Fault }[];
  readonly page: number | null;
}

const arbitraryPlan: fc.Arbitrary<Plan> = fc.record({
  seed: fc.nat(),
  faults: fc.array(fc.record({ at: fc.nat(120), kind: fc.constantFrom("crash", "cut", "lose") }), {
    maxLength: 3,
  }),
  page: fc.option(fc.constantFrom(1, 500)),
});

/** Runs a flow on three workers; every task's first message may be delivered twice. */
async function run(flow: Flow, { seed, faults, page }: Plan, isDoubled: boolean): Promise<Simulation> {
  const fault = ({ actor, number }: Turn): Fault | undefined =>
    actor.startsWith("worker") ? faults.find(({ at }) => at === number)?.kind : undefined;
  const world = new Simulation({ seed, fault, pageSizes: page === null ? undefined : { whole: 0, page } });
  if (isDoubled) double(world);
  const step = stepOf(flow, world.tasks);
  try {
    const outcome = await world.flow(step, 3);
    const ending = outcome instanceof Error ? failureOf(outcome) : { value: outcome };
    expect(ending).toEqual(evaluate(flow, undefined));
    expect(world.server.depth("celery")).toBe(0);
    return world;
  } catch (error) {
    throw new Error(`${step.draw()}\n\n${world.history.join("\n")}`, { cause: error });
  }
}

function failureOf(error: Error): { readonly failed: number } {
  const { errorMessage } = error as TaskFailed;
  if (errorMessage === undefined) throw error;
  return { failed: Number(errorMessage.replace("boom ", "")) };
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

test("the engine equals the evaluator, whoever goes first and whatever dies, is cut off or not heard", async () => {
  const law = fc.asyncProperty(
    arbitraryFlow,
    arbitraryPlan,
    async (flow, plan) => void (await run(flow, plan, false)),
  );
  await fc.assert(law, parameters);
}, 600_000);

test("the engine equals the evaluator when every task is delivered twice", async () => {
  const law = fc.asyncProperty(
    arbitraryFlow,
    arbitraryPlan,
    async (flow, plan) => void (await run(flow, plan, true)),
  );
  await fc.assert(law, parameters);
}, 600_000);

test("without a fault every handler runs once", async () => {
  const law = fc.asyncProperty(arbitraryFlow, fc.nat(), async (flow, seed) => {
    const { runs } = await run(flow, { seed, faults: [], page: null }, false);
    expect(new Set(runs).size).toBe(runs.length);
  });
  await fc.assert(law, parameters);
}, 600_000);
