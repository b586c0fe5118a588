import type { TaskFailed } from "@umbel/core";
import type { Fault, Turn } from "@umbel/runtime/testing";
import { describe, expect, test } from "vitest";
import type { KnownFlow } from "../support/flows.ts";
import { FLOWS } from "../support/flows.ts";
import type { SimulationOptions } from "../support/simulation.ts";
import { Simulation } from "../support/simulation.ts";

/** Runs the flow and checks what the engine promises, whatever the fault was. */
async function check(
  flow: KnownFlow,
  seed: number,
  { fault, pageSizes, fusion = false }: SimulationOptions = {},
): Promise<Simulation> {
  const world = new Simulation({ seed, fault, pageSizes, fusion });
  try {
    const outcome = await world.flow(flow.step(world.tasks));
    expect(outcome instanceof Error ? (outcome as TaskFailed).errorMessage : outcome).toEqual(flow.expected);
    expect(world.server.depth("celery")).toBe(0);
    for (const body of flow.bodies) await checkBody(world, flow, body);
    checkAttempts(world, flow);
  } catch (error) {
    throw new Error(`${flow.name}, seed ${seed}:\n${world.history.join("\n")}`, { cause: error });
  }
  return world;
}

/** G1 and G2: the body has one outcome; each attempt of it ran once, or once more for a fault. */
async function checkBody(world: Simulation, flow: KnownFlow, body: string): Promise<void> {
  expect(await world.stored(body)).not.toBeNull();
  const struck = world.history.filter((line) => /!(crash|cut)/.test(line)).length;
  const attempts = flow.attempts?.[body] ?? 1;
  expect(world.runsOf(body)).toBeLessThanOrEqual(attempts + struck);
}

/** Every attempt was made, none was left out, and there was none too many, however often one of them ran. */
function checkAttempts({ attempts }: Simulation, flow: KnownFlow): void {
  for (const [id, count] of Object.entries(flow.attempts ?? {})) {
    const made = new Set(attempts.filter((attempt) => attempt.startsWith(`${id} `)));
    expect([...made].toSorted()).toEqual(Array.from({ length: count }, (_, i) => `${id} ${i}`));
  }
}

describe.each(FLOWS)("$name", { timeout: 120_000 }, (flow) => {
  test("comes to its result in any order", async () => {
    for (let seed = 1; seed <= 30; seed += 1) await check(flow, seed);
  });

  test("survives a crash at any turn with its plan in pages", async () => {
    const pageSizes = { whole: 0, page: 1 };
    const turns = (await check(flow, 1, { pageSizes })).scheduler.turns;
    for (let at = 1; at <= turns; at += 1) {
      const fault = ({ number, actor }: Turn) =>
        number === at && actor.startsWith("worker") ? ("crash" as const) : undefined;
      await check(flow, at, { pageSizes, fault });
    }
  });

  test.each(["crash", "cut", "lose"] as const)("survives a %s of a worker at any turn", async (kind) => {
    const turns = (await check(flow, 1)).scheduler.turns;
    for (let at = 1; at <= turns; at += 1) {
      for (let seed = 1; seed <= 3; seed += 1) {
        const fault = ({ number, actor }: Turn) =>
          number === at && actor.startsWith("worker") ? kind : undefined;
        await check(flow, seed, { fault });
      }
    }
  });

  test.each([5, 0])(
    "survives faults of a worker that runs steps without messages, and writes after %d ms",
    async (gatherMs) => {
      const fusion = { gatherMs };
      const turns = (await check(flow, 1, { fusion })).scheduler.turns;
      for (let at = 1; at <= turns; at += 1) {
        for (const [i, kind] of (["crash", "cut", "lose"] as const).entries()) {
          const fault = ({ number, actor }: Turn) =>
            number === at && actor.startsWith("worker") ? kind : undefined;
          await check(flow, i + 1, { fault, fusion });
        }
      }
    },
  );

  test("survives faults at random", async () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      let left = 3;
      const kinds = ["crash", "cut", "lose"] as const;
      const fault = ({ actor, number }: Turn): Fault | undefined => {
        const dice = (seed * 7919 + number * 104_729) % 17;
        if (left === 0 || !actor.startsWith("worker") || dice !== 0) return undefined;
        return kinds[(left -= 1)];
      };
      await check(flow, seed, { fault });
    }
  });
});
