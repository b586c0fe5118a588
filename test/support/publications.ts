import type { Message } from "@umbel/core";
import { isUndecodable } from "@umbel/core";
import type { Simulation } from "./simulation.ts";

/** Everything that is published from now on, as the broker has it; `copies` are published beside each. */
export function publications(
  world: Simulation,
  copies: (message: Message) => readonly Message[] = () => [],
): readonly Message[] {
  const messages: Message[] = [];
  const enqueue = world.server.enqueue.bind(world.server);
  world.server.enqueue = (message) => {
    if (!isUndecodable(message)) messages.push(message);
    for (const each of [message, ...copies(message)]) enqueue(each);
  };
  return messages;
}
