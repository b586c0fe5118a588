import { chain, group } from "@umbel/canvas";
import type { OutcomeRecord } from "@umbel/core";
import { success } from "@umbel/core";
import { describe, expect, test } from "vitest";
import { Simulation } from "../support/simulation.ts";
import { strike } from "../support/strike.ts";

function record(id: string, value: number, by: string | null): OutcomeRecord {
  const none = { task: null, args: null, kwargs: null, flow: null, parent: null, queue: null, worker: null };
  return {
    id,
    outcome: success(value),
    by,
    ...none,
    retries: 0,
    turn: 0,
    startedAtMs: null,
    doneAtMs: 0,
    expiresAtMs: null,
  };
}

describe("an outcome that is there already", () => {
  test("is my own when only the answer to its write was lost: its effects are performed", async () => {
    const world = new Simulation({ fault: strike("lose", "after", "put F1.0") });
    const { add, inc } = world.tasks;
    expect(await world.flow(chain(add.s(1, 1)).pipe(inc.s()))).toBe(3);
  });

  test("and has no writer of ours gets its effects performed, with its own value", async () => {
    const world = new Simulation();
    const { add, inc } = world.tasks;
    await world.stores.results.put([record("F1.0", 100, null)]);
    expect(await world.flow(chain(add.s(1, 1)).pipe(inc.s()))).toBe(101);
  });

  test("and was stored by another publication's run is left to that run on a first delivery", async () => {
    const world = new Simulation();
    const { add, inc } = world.tasks;
    await world.stores.results.put([record("F1.0", 100, "another")]);
    await world.startWorkers(1);
    chain(add.s(1, 1)).pipe(inc.s()).apply();
    await world.scheduler.drain();
    expect(world.history.filter((line) => line.includes("publish F1 "))).toEqual([]);
    expect(world.server.depth("celery")).toBe(0);
  });

  test("and was stored by another publication's run is gone on from when the message was redelivered", async () => {
    let writes = 0;
    const world = new Simulation({
      fault: ({ label, phase }) => {
        if (label !== "put F1.0" || phase !== "before") return undefined;
        if ((writes += 1) === 1) return "crash";
        void world.stores.results.put([record("F1.0", 100, "another")]);
        return undefined;
      },
    });
    const { add, inc } = world.tasks;
    expect(await world.flow(chain(add.s(1, 1)).pipe(inc.s()))).toBe(101);
  });

  test("is what counts when two runs came to different values", async () => {
    for (let at = 1; at <= 60; at += 1) {
      const world = new Simulation({
        seed: at,
        fault: ({ number, actor }) => (number === at && actor !== "client" ? "cut" : undefined),
      });
      const { roll, list } = world.tasks;
      const outcome = await world.flow(group([roll.s(), roll.s()]).pipe(list.s()));
      const stored = await Promise.all(["F1.0.0", "F1.0.1"].map((id) => world.stored(id)));
      const values = stored.map((each) => (each?.outcome.state === "SUCCESS" ? each.outcome.value : null));
      expect(outcome, world.history.join("\n")).toBe(JSON.stringify(values));
    }
  });
});
