import type { Message } from "@umbel/core";
import { decodeMessage, encodeMessage, isUndecodable } from "@umbel/core";

/** The message as who receives it reads it: written as Celery's protocol has it, and read back. */
export function overWire(message: Message): Message {
  const read = decodeMessage(encodeMessage(message));
  if (isUndecodable(read)) throw new Error(read.undecodable);
  return { ...read, options: { ...read.options, ...queueOf(message) } };
}

/** n.b. The queue is the broker's to know, and is not written. */
function queueOf({ options: { queue } }: Message): { readonly queue?: string } {
  return queue === undefined ? {} : { queue };
}
