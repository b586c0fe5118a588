import type { Step } from "@umbel/core";
import { encodeMessage, isUndecodable } from "@umbel/core";
import type { Fault, Turn } from "@umbel/runtime/testing";
import { expect, test } from "vitest";
import { Simulation } from "../support/simulation.ts";

const STEPS = 90;
const SIZES = { whole: 32_000, page: 8000 };

/** A chain each step of which has a message of its own, and the lengths of these messages' bodies. */
async function longChain(fault?: (turn: Turn) => Fault | undefined) {
  const world = new Simulation({ pageSizes: SIZES, fault });
  const lengths: number[] = [];
  world.server.onAcknowledged = (message) => {
    if (!isUndecodable(message)) lengths.push(encodeMessage(message).body.length);
  };
  const { inc } = world.tasks;
  let flow: Step<[], number> = inc.s(0);
  for (let k = 1; k < STEPS; k += 1) flow = flow.pipe(inc.s());
  const outcome = await world.flow(flow);
  return { world, outcome, lengths };
}

test("a message has the next few steps, however many follow, and what is written of the rest is written once", async () => {
  const { world, outcome, lengths } = await longChain();
  expect(outcome).toBe(STEPS);
  const [first = 0, ...others] = lengths;
  expect(first).toBeGreaterThan(9000);
  expect(Math.max(...others)).toBeLessThan(5000);
  const saves = world.history.filter((line) => / before save /.test(line));
  const loads = world.history.filter((line) => / before load /.test(line));
  expect(saves.length).toBeGreaterThan(2);
  expect(loads).toHaveLength(saves.length);
});

test.each(["save", "load"])(
  "a worker that dies before or after each %s of a page changes nothing",
  async (what) => {
    const whole = await longChain();
    const count = whole.world.history.filter((line) => line.includes(` ${what} F1`)).length;
    expect(count).toBeGreaterThan(4);
    for (let nth = 1; nth <= count; nth += 1) {
      let seen = 0;
      const { outcome, world } = await longChain(({ actor, label }) =>
        actor !== "client" && label.startsWith(`${what} F1`) && (seen += 1) === nth ? "crash" : undefined,
      );
      expect(outcome, world.history.join("\n")).toBe(STEPS);
    }
  },
);

/** How many pages were being read when the outcome of the step before them was about to be stored. */
function readBeside({ history }: Simulation): number {
  return history.filter((line, k) => {
    const [, flow, step] = / before put (F\d+)\.(\d+)$/.exec(line) ?? [];
    const page = ` load ${flow}.${Number(step) + 1}@`;
    const isAsked = history.slice(0, k).some((turn) => turn.includes(` before${page}`));
    return isAsked && history.slice(k).some((turn) => turn.includes(` after${page}`));
  }).length;
}

test("what follows a step is read while that runs and is stored", async () => {
  const { world } = await longChain();
  expect(readBeside(world), "the seed lets some be read before, and some after").toBeGreaterThan(0);
});

test("a step's outcome does not wait for what another worker begins", async () => {
  const world = new Simulation({ pageSizes: SIZES, fusion: true });
  for (const queue of ["even", "odd"]) await world.startWorkers(1, { queues: ["celery", queue] });
  const { inc } = world.tasks;
  let flow: Step<[], number> = inc.s(0).set({ queue: "even" });
  for (let k = 1; k < STEPS; k += 1) flow = flow.pipe(inc.s().set({ queue: k % 2 ? "odd" : "even" }));
  expect(await world.outcome(flow.apply())).toBe(STEPS);
  expect(readBeside(world), "as above").toBeGreaterThan(0);
});
