import { advance, chord, complete, place, start } from "@umbel/canvas";
import { success } from "@umbel/core";
import { expect, test } from "vitest";
import { Simulation } from "../support/simulation.ts";

const DAY_MS = 86_400_000;

test("a join that is open for days, with its members' outcomes, completes", async () => {
  const world = new Simulation();
  const { add, sum } = world.tasks;
  const late = add.s(2, 2).set({ countdownMs: 3 * DAY_MS });
  await world.startWorkers(1);
  chord([add.s(1, 1), late], sum.s()).apply();
  await world.scheduler.run(world.scheduler.sleep(3.5 * DAY_MS));
  expect((await world.stored("F1"))?.outcome).toEqual({ state: "SUCCESS", value: 6 });
  expect((await world.stored("F1.0.0"))?.outcome).toEqual({ state: "SUCCESS", value: 2 }); // for any worker, not for its own alone
});

test("a join is kept when it completes, and let go when its body's outcome is stored", () => {
  const { tasks } = new Simulation();
  const plan = place(chord([tasks.add.s(1, 1)], tasks.sum.s()).node, "F");
  const origin = { flow: "F", parent: null, replyTo: null };
  const [begun] = start(plan, [], origin);
  const registered = advance(begun!, null).flatMap((effect) =>
    effect.kind === "register" ? effect.joins : [],
  );
  const completed = complete(registered[0]!, [success(2)]);
  expect(completed.map(({ kind }) => kind)).toEqual(["publish"]);
  const [body] = completed.flatMap((effect) => (effect.kind === "publish" ? [...effect.messages] : []));
  expect(advance(body!, success(2))).toContainEqual({ kind: "retire", join: "F.0" });
});

test("a body whose members' outcomes are gone fails, and nobody waits for it", async () => {
  const world = new Simulation({
    fault: ({ label, phase }) => {
      if (phase === "before" && label.startsWith("find F1.0."))
        void world.stores.results.forget(["F1.0.0", "F1.0.1"]);
      return undefined;
    },
  });
  const { add, sum } = world.tasks;
  expect(await world.flow(chord([add.s(1, 1), add.s(2, 2)], sum.s()))).toMatchObject({
    errorCode: "OUTCOME_LOST",
  });
});
