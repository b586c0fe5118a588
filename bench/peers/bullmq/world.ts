import type { Json } from "@umbel/core";
import { upTo } from "../../timed.ts";
import type { BullmqPlaces, FlowNode, FlowProducer, Job, Queue, QueueEvents } from "./library.ts";

/** Jobs of one call of `addBulk`: so the worker begins while others are still being added. */
const AT_ONCE = 1000;

/** What BullMQ's client has in a row. */
export class BullmqWorld {
  readonly #queue: Queue;
  readonly #flows: FlowProducer;
  readonly #events: ReadonlyMap<string, QueueEvents>;
  readonly #queues: readonly [string, string];

  private constructor({ bullmq, options, queues }: BullmqPlaces) {
    this.#queue = new bullmq.Queue(queues[0], options);
    this.#queue.setMaxListeners(0);
    this.#flows = new bullmq.FlowProducer(options);
    this.#events = new Map(queues.map((name) => [name, new bullmq.QueueEvents(name, options)]));
    this.#queues = queues;
  }

  static async open(places: BullmqPlaces): Promise<BullmqWorld> {
    const world = new BullmqWorld(places);
    for (const events of world.#events.values()) await events.waitUntilReady();
    return world;
  }

  add(name: string, data: readonly Json[]): Promise<Job> {
    return this.#queue.add(name, data);
  }

  /** @param opts - Of each job; default none. */
  async addAll(
    name: string,
    calls: readonly (readonly Json[])[],
    opts: { readonly removeOnComplete?: boolean } = {},
  ): Promise<readonly Job[]> {
    const jobs: Job[] = [];
    for (let i = 0; i < calls.length; i += AT_ONCE) {
      const some = calls.slice(i, i + AT_ONCE).map((data) => ({ name, data, opts }));
      jobs.push(...(await this.#queue.addBulk(some)));
    }
    return jobs;
  }

  /** @param queue - The one that the job is in; default the first. */
  result(job: Job, queue: string = this.#queues[0]): Promise<Json> {
    return job.waitUntilFinished(this.#events.get(queue)!);
  }

  /** Steps that each add one to what the step before gave, the first to 0. */
  chain(steps: number, queues: 1 | 2): Promise<Json> {
    return this.#stepwise("inc", 0, steps, queues);
  }

  echo(text: string, steps: number): Promise<Json> {
    return this.#stepwise("echo", text, steps, 1);
  }

  /** A job that sums what as many others added up. */
  async chord(members: number): Promise<Json> {
    const [queueName] = this.#queues;
    const children = upTo(members).map((x) => ({ name: "add", queueName, data: [x, x] }));
    const { job } = await this.#flows.add({ name: "sum", queueName, data: [], children });
    return await this.result(job);
  }

  /** n.b. A step is the parent of the one before it: it waits for its value. */
  async #stepwise(name: string, first: Json, steps: number, queues: 1 | 2): Promise<Json> {
    const queueOf = (i: number): string => this.#queues[i % queues]!;
    let node: FlowNode = { name, queueName: queueOf(0), data: [first] };
    for (let i = 1; i < steps; i += 1) node = { name, queueName: queueOf(i), data: [], children: [node] };
    const { job } = await this.#flows.add(node);
    return await this.result(job, node.queueName);
  }
}
