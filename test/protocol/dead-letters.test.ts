import { place, scopeOf } from "@umbel/canvas";
import type { AnyStep } from "@umbel/core";
import { DEAD_LETTERS } from "@umbel/core";
import type { Fault, Turn } from "@umbel/runtime/testing";
import { describe, expect, test } from "vitest";
import { FLOWS } from "../support/flows.ts";
import { givingUp } from "../support/giving-up.ts";
import { publications } from "../support/publications.ts";
import type { SimulationOptions } from "../support/simulation.ts";
import { Simulation } from "../support/simulation.ts";

/** Every task of the flow has an outcome, no message is left, and in the end no join. */
async function checkEnded(world: Simulation, step: AnyStep): Promise<void> {
  expect(world.server.depth("celery")).toBe(0);
  expect(world.server.depth(DEAD_LETTERS)).toBe(0);
  for (const { id } of scopeOf([place(step.node, "F1")]).tasks)
    expect(await world.stored(id), id).not.toBeNull();
  await world.scheduler.run(world.scheduler.sleep(30 * 86_400_000));
  for (const id of world.registered) expect(await world.join(id), id).toBeNull();
}

/** Schedules for each fault: there are many of them. */
const SEEDS = process.env["UMBEL_DEEP"] === "1" ? 4 : 1;

const CODES = ["DELIVERY_LIMIT", "EXPIRED"];

describe.each(FLOWS)("$name", (flow) => {
  async function check(
    options: SimulationOptions,
    prepare: (world: Simulation) => void = () => {},
  ): Promise<void> {
    const world = new Simulation(options);
    prepare(world);
    const step = flow.step(world.tasks);
    try {
      const outcome = await world.flow(step);
      await world.rest();
      expect(endOf(outcome)).toEqual(deathIn(outcome) ? endOf(outcome) : flow.expected);
      await checkEnded(world, step);
      for (const body of flow.bodies) {
        const struck = world.history.filter((line) => /!(crash|cut)/.test(line)).length;
        expect(world.runsOf(body)).toBeLessThanOrEqual((flow.attempts?.[body] ?? 1) + struck);
      }
    } catch (error) {
      throw new Error(`${flow.name}, seed ${options.seed}:\n${world.history.join("\n")}`, { cause: error });
    }
  }

  test.each(["crash", "cut"] as const)(
    "ends when a %s at any turn has its messages given up",
    async (kind) => {
      const turns = await turnsOf(flow);
      for (let at = 1; at <= turns; at += 1) {
        for (let seed = 1; seed <= SEEDS; seed += 1)
          await check({ seed, deliveryLimit: 0, fault: faultAt(at, kind) });
      }
    },
  );

  test("ends when any message of it is given up, and the worker that fails it dies", async () => {
    const published: string[] = [];
    const world = new Simulation();
    publications(world, ({ id, turn }) => (published.push(`${id} ${turn}`), []));
    await world.flow(flow.step(world.tasks));
    for (const which of new Set(published)) {
      for (let nth = 0; nth <= 12; nth += 1) {
        await check({ seed: nth + 1, fault: undertaker(nth) }, (each) =>
          givingUp(each, ({ id, turn }) => `${id} ${turn}` === which),
        );
      }
    }
  });

  test("ends when every message has a copy that expires", async () => {
    for (let seed = 1; seed <= 30; seed += 1) {
      await check({ seed }, (world) => {
        publications(world, (message) => {
          world.server.giveUp(
            { ...message, nonce: `${message.nonce} copy` },
            { reason: "expired", queue: "celery", count: 1 },
          );
          return [];
        });
      });
    }
  });
});

async function turnsOf(flow: (typeof FLOWS)[number]): Promise<number> {
  const world = new Simulation();
  await world.flow(flow.step(world.tasks));
  return world.scheduler.turns;
}

function faultAt(at: number, kind: Fault): (turn: Turn) => Fault | undefined {
  return ({ number, actor }) => (number === at && actor.startsWith("worker") ? kind : undefined);
}

/** A crash at the nth turn of whoever puts a dead letter aside, from there on; none for 0. */
function undertaker(nth: number): (turn: Turn) => Fault | undefined {
  let [actor, turns] = ["", 0];
  return (turn) => {
    if (actor === "" && turn.label.startsWith("dead-letter ")) ({ actor } = turn);
    if (actor === "" || turn.actor !== actor) return undefined;
    turns += 1;
    return turns === nth ? "crash" : undefined;
  };
}

/** A result, or what the error of a task says. */
function endOf(outcome: unknown): unknown {
  return outcome instanceof Error
    ? (outcome as Error & { readonly errorMessage?: string }).errorMessage
    : outcome;
}

/** Whether a result or an error says that the broker gave something up. */
function deathIn(outcome: unknown): boolean {
  const said = outcome instanceof Error ? JSON.stringify(outcome) : JSON.stringify(outcome ?? null);
  return CODES.some((code) => said.includes(code));
}
