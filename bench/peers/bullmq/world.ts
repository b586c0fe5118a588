import type { Json } from "@umbel/core";

/** What BullMQ's client has in a row. */
export interface BullmqWorld {
  add(name: string, args: readonly Json[]): Promise<object>;
  addAll(name: string, calls: readonly (readonly Json[])[]): Promise<readonly object[]>;
  result(job: object): Promise<Json>;
  chain(steps: number, queues: 1 | 2): Promise<Json>;
  chord(members: number): Promise<Json>;
  echo(text: string, steps: number): Promise<Json>;
}
