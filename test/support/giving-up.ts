import type { Message } from "@umbel/core";
import type { Simulation } from "./simulation.ts";

/** Lets the broker give up messages as they come, so that no worker has them. */
export function givingUp(world: Simulation, which: (message: Message) => boolean, reason = "expired"): void {
  const enqueue = world.server.enqueue.bind(world.server);
  world.server.enqueue = (message) => {
    if (which(message)) world.server.giveUp(message, { reason, queue: "celery", count: 1 });
    else enqueue(message);
  };
}
