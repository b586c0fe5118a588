import { randomUUID } from "node:crypto";
import { watch } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import amqp from "amqplib";
import type { Db } from "mongodb";
import { MongoClient } from "mongodb";
import type { Child } from "./child.ts";
import { umbel } from "./child.ts";
import type { DistributedApp } from "./distributed-app.ts";
import { distributedApp } from "./distributed-app.ts";
import { ROOT } from "./folder.ts";
import type { TestService } from "./services.ts";

/** A queue, a database, a client, and worker processes, all of one test. */
export class Distributed implements AsyncDisposable {
  readonly queue = `test-${randomUUID()}`;
  readonly database = `test_${randomUUID().replaceAll("-", "")}`;
  /** The exchange and the queue of this test's dead letters. */
  readonly deadLetters = `${this.queue}.dead-letter`;
  readonly broker: string;
  readonly backend: string;
  readonly client: DistributedApp;
  readonly #folder: string;
  readonly #mongo: MongoClient;
  readonly #children: Child[] = [];
  readonly #queues = [this.queue, this.deadLetters];

  private constructor(amqpUrl: string, mongoUrl: string, folder: string) {
    this.broker = amqpUrl;
    this.backend = withDatabase(mongoUrl, this.database);
    this.#folder = folder;
    this.#mongo = new MongoClient(this.backend);
    this.client = distributedApp({
      broker: this.broker,
      backend: this.backend,
      queue: this.queue,
      journal: this.journal,
    });
  }

  static async open({
    amqp: broker,
    mongo,
  }: {
    amqp: TestService;
    mongo: TestService;
  }): Promise<Distributed> {
    const folder = await mkdtemp(join(tmpdir(), "umbel-distributed-"));
    await writeFile(join(folder, "journal"), "");
    return new Distributed(broker.url, mongo.url, folder);
  }

  get journal(): string {
    return join(this.#folder, "journal");
  }

  get db(): Db {
    return this.#mongo.db(this.database);
  }

  /** A worker in a process of its own, when it is ready; it is killed after `lifetimeMs`. */
  async startWorker(concurrency = 8, lifetimeMs = 25_000): Promise<Child> {
    const child = this.spawnWorker(concurrency, lifetimeMs);
    await child.line(/worker started/);
    return child;
  }

  /** The same, which may end before it is ready. */
  spawnWorker(concurrency = 8, lifetimeMs = 25_000): Child {
    const module = join(ROOT, "test/support/distributed-worker.ts");
    const served = ["-Q", this.queue, "--dead-letters", this.deadLetters];
    const child = umbel(["worker", "-A", module, ...served, "-c", String(concurrency), "-l", "debug"], {
      environment: {
        UMBEL_BROKER: this.broker,
        UMBEL_BACKEND: this.backend,
        TEST_QUEUE: this.queue,
        TEST_JOURNAL: this.journal,
      },
      lifetimeMs,
    });
    this.#children.push(child);
    return child;
  }

  /** Lines of the journal that begin with a task's name. */
  async began(task: string): Promise<readonly string[]> {
    const lines = (await readFile(this.journal, "utf8")).split("\n");
    return lines.filter((line) => line.startsWith(`${task} `));
  }

  /** Resolves when handlers of a task have begun so many times. */
  async untilBegan(task: string, times: number): Promise<void> {
    const deadline = AbortSignal.timeout(30_000);
    for await (const _ of changesOf(this.journal, deadline)) {
      if ((await this.began(task)).length >= times) return;
    }
    throw new Error(`${task} began ${(await this.began(task)).length} times in 30 s, not ${times}`);
  }

  /** What links of drawn flows noted, by the id of the task that did, when so many have. */
  async untilNoted(times: number): Promise<ReadonlyMap<string, string>> {
    const deadline = AbortSignal.timeout(20_000);
    for await (const _ of changesOf(this.journal, deadline)) {
      const notes = await this.#notes();
      if (notes.size >= times) return notes;
    }
    return this.#notes();
  }

  async #notes(): Promise<ReadonlyMap<string, string>> {
    const lines = (await this.began("note")).map((line) => line.split(" "));
    return new Map(lines.map(([, id = "", ...json]) => [id, json.join(" ")]));
  }

  /** Declares a queue as somebody else would, by default one that nobody serves. */
  async declare(
    queue = `${this.queue}.of-nobody`,
    args: Readonly<Record<string, unknown>> = {},
  ): Promise<string> {
    const connection = await amqp.connect(this.broker);
    await (await connection.createChannel()).assertQueue(queue, { durable: true, arguments: args });
    await connection.close();
    this.#queues.push(queue);
    return queue;
  }

  /** Publishes bytes that no client of ours would. */
  async publishRaw(body: Buffer, options: amqp.Options.Publish): Promise<void> {
    const connection = await amqp.connect(this.broker);
    const channel = await connection.createConfirmChannel();
    await channel.assertQueue(this.queue, { durable: true });
    channel.sendToQueue(this.queue, body, options);
    await channel.waitForConfirms();
    await connection.close();
  }

  /** The dead letter of a task, when it is there; and its reason. */
  async deadLetter(
    id: string,
    queue = this.queue,
  ): Promise<{ readonly reason: string; readonly body: Buffer }> {
    const connection = await amqp.connect(this.broker);
    try {
      return await findDeadLetter(await connection.createChannel(), queue, id);
    } finally {
      await connection.close();
    }
  }

  /** Messages that wait in this test's queue. */
  async depth(): Promise<number> {
    const connection = await amqp.connect(this.broker);
    const { messageCount } = await (await connection.createChannel()).checkQueue(this.queue);
    await connection.close();
    return messageCount;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.app.close();
    for (const child of this.#children) await child[Symbol.asyncDispose]();
    await this.db.dropDatabase();
    await this.#mongo.close();
    const connection = await amqp.connect(this.broker);
    const channel = await connection.createChannel();
    for (const queue of this.#queues) await channel.deleteQueue(queue);
    await channel.deleteExchange(this.deadLetters);
    await connection.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** The URL with a database as its path. */
export function withDatabase(url: string, database: string): string {
  const parsed = new URL(url);
  parsed.pathname = `/${database}`;
  return parsed.href;
}

/** n.b. the queue is everybody's: what is not ours goes back when the channel closes. */
async function findDeadLetter(channel: amqp.Channel, queue: string, id: string) {
  await channel.assertQueue("umbel.dead", { durable: true });
  const found = new Promise<amqp.ConsumeMessage>((resolve, reject) => {
    AbortSignal.timeout(20_000).addEventListener("abort", () =>
      reject(new Error(`no dead letter ${id} within 20 s`)),
    );
    void channel.consume(
      "umbel.dead",
      (message) => message && isLetter(message, queue, id) && resolve(message),
    );
  });
  const message = await found;
  channel.ack(message);
  return { reason: String(message.properties.headers?.["x-umbel-reason"]), body: message.content };
}

function isLetter({ properties }: amqp.ConsumeMessage, queue: string, id: string): boolean {
  const { "x-umbel-queue": from, id: header } = properties.headers ?? {};
  return from === queue && (header === id || properties.correlationId === id);
}

/** Once at first, then at each change of a file. */
async function* changesOf(file: string, deadline: AbortSignal): AsyncGenerator<void> {
  let tell = (): void => {};
  let changes = 1;
  const watcher = watch(file, () => ((changes += 1), tell()));
  deadline.addEventListener("abort", () => tell());
  try {
    for (let seen = 0; !deadline.aborted;) {
      if (seen < changes) yield void (seen = changes);
      else await new Promise<void>((resolve) => (tell = resolve));
    }
  } finally {
    watcher.close();
  }
}
