import { expect, test } from "vitest";
import { FAILING_FLOWS } from "../support/failing-flows.ts";
import { Simulation } from "../support/simulation.ts";

test.each(FAILING_FLOWS)("the handler of %s runs once", async (_, step, handler) => {
  for (let seed = 1; seed <= 25; seed += 1) {
    const world = new Simulation({ seed });
    double(world);
    await world.flow(step(world.tasks));
    await world.scheduler.run(world.scheduler.sleep(600_000)); // nobody waits for a handler: let it end
    expect(world.runsOf(handler), `seed ${seed}`).toBe(1);
  }
});

/** Every task's first message twice, the second as one that was delivered before; but what is claimed, by publication. */
function double({ server }: Simulation): void {
  const doubled = new Set<string>();
  const enqueue = server.enqueue.bind(server);
  server.enqueue = (message) => {
    enqueue(message);
    if (!doubled.has(message.id) && message.claim === null) server.putBack("celery", message);
    doubled.add(message.id);
  };
}
