import { createRequire } from "node:module";
import { join } from "node:path";
import type { Json } from "@umbel/core";

/** What is used of BullMQ, which is no dependency of ours: the harness installs it where these programs are told. */
export interface Bullmq {
  readonly Queue: new (name: string, options: Options) => Queue;
  readonly QueueEvents: new (name: string, options: Options) => QueueEvents;
  readonly FlowProducer: new (options: Options) => FlowProducer;
  readonly Worker: new (
    name: string,
    work: (job: Job) => Promise<Json>,
    options: Options & { readonly concurrency: number },
  ) => Worker;
}

export interface Options {
  readonly connection: { readonly host: string; readonly port: number };
  readonly prefix: string;
}

export interface Job {
  readonly name: string;
  readonly data: readonly Json[];
  getChildrenValues(): Promise<Record<string, Json>>;
  waitUntilFinished(events: QueueEvents): Promise<Json>;
}

export interface Queue {
  setMaxListeners(count: number): void;
  add(name: string, data: readonly Json[]): Promise<Job>;
  addBulk(jobs: readonly { readonly name: string; readonly data: readonly Json[] }[]): Promise<Job[]>;
}

export interface QueueEvents {
  waitUntilReady(): Promise<unknown>;
}

/** A job, and those whose values it waits for. */
export interface FlowNode {
  readonly name: string;
  readonly queueName: string;
  readonly data: readonly Json[];
  readonly children?: readonly FlowNode[];
}

export interface FlowProducer {
  add(flow: FlowNode): Promise<{ readonly job: Job }>;
}

export interface Worker {
  on(event: "completed", listener: (job: Job) => void): void;
  waitUntilReady(): Promise<unknown>;
}

/** Where a program finds BullMQ, its Redis and its queues. */
export interface BullmqPlaces {
  readonly bullmq: Bullmq;
  readonly options: Options;
  readonly queues: readonly [string, string];
}

/** From the environment. */
export function placesFrom(environment: NodeJS.ProcessEnv): BullmqPlaces {
  const of = (name: string): string => environment[name] ?? "";
  const { hostname, port } = new URL(of("BENCH_REDIS"));
  const queues = [of("BENCH_QUEUE"), of("BENCH_OTHER_QUEUE")] as const;
  return {
    bullmq: createRequire(join(of("BENCH_BULLMQ"), "package.json"))("bullmq") as Bullmq,
    options: { connection: { host: hostname, port: Number(port) }, prefix: queues[0] },
    queues,
  };
}
