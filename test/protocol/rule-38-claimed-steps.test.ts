import { begin, chain, partUndos, place, start } from "@umbel/canvas";
import { expect, test } from "vitest";
import { Simulation } from "../support/simulation.ts";
import { undoing } from "../support/undoing.ts";
import { UNDO_FLOWS } from "../support/undo-flows.ts";

test("a step that may have to be undone is stored as begun before its handler runs", async () => {
  let state: string | undefined;
  const world: Simulation = new Simulation({
    fault: ({ label, phase }) => {
      if (label === "put F1.0" && phase === "before")
        void world.stores.results.find(["F1.0"]).then((found) => (state = found.get("F1.0")?.state));
      return undefined;
    },
  });
  await world.flow(UNDO_FLOWS[0]!.step(world.tasks));
  expect(state).toBe("STARTED");
  const [begun = -1, stored = -1] = ["start F1.0", "put F1.0"].map((label) =>
    world.history.findIndex((line) => line.endsWith(` before ${label}`)),
  );
  expect(begun).not.toBe(-1);
  expect(begun).toBeLessThan(stored);
});

test("a copy of it under another nonce is dropped: the handler runs once, and the flow goes on once", async () => {
  for (let seed = 1; seed <= 30; seed += 1) {
    const world = new Simulation({ seed });
    const { take, giveBack, inc } = world.tasks;
    const { plan, undos } = partUndos(place(chain(take.s(1).compensate(giveBack.s()), inc.s()).node, "F9"));
    const origin = { flow: "F9", parent: null, replyTo: null };
    const [first] = start(plan, [], origin, undos);
    const [, published] = begin(first!.next, [], origin);
    const [step] = published?.kind === "publish" ? published.messages : [];
    await world.startWorkers(2);
    const copies = ["one", "other"].map((nonce) => ({ ...step!, nonce, suspect: true }));
    const undoJoin = begin(first!.next, [], origin)[0];
    if (undoJoin?.kind === "register") await world.stores.joins.register(undoJoin.joins);
    await world.brokerOf("client").publish(copies);
    await world.scheduler.drain();
    expect(world.runsOf("F9.0")).toBe(1);
    expect(await world.stored("F9")).toMatchObject({ outcome: { value: 11 } });
  }
});

test("a step that was begun by a worker that died is begun again by its own message", async () => {
  let isDone = false;
  const { world, compensation } = await undoing(UNDO_FLOWS[0]!, {
    fault: ({ label, phase }) => {
      if (isDone || label !== "start F1.1" || phase !== "after") return undefined;
      isDone = true;
      return "crash";
    },
  });
  expect(world.runsOf("F1.1")).toBe(1);
  expect(compensation.undone).toHaveLength(2);
});
