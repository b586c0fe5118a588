import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { connect } from "amqplib";
import { MongoClient } from "mongodb";
import type { Launch } from "./launch.ts";

/** Where the contestants work: the servers, and how programs are run. */
export interface Servers {
  readonly amqp: string;
  readonly mongo: string;
  /** Only where peers need it. */
  readonly redis?: string;
}

/** One contestant's own queues and database, gone when it is done. */
export class Site implements AsyncDisposable {
  readonly servers: Servers;
  readonly launch: Launch;
  readonly folder: string = tmpdir();
  readonly queues: readonly [string, string];
  readonly backend: string;

  constructor(servers: Servers, launch: Launch) {
    const id = randomUUID().replaceAll("-", "").slice(0, 12);
    this.servers = servers;
    this.launch = launch;
    this.queues = [`bench-${id}-a`, `bench-${id}-b`];
    this.backend = withDatabase(servers.mongo, `bench_${id}`);
  }

  get environment(): Record<string, string> {
    return {
      BENCH_BROKER: this.servers.amqp,
      BENCH_BACKEND: this.backend,
      BENCH_QUEUE: this.queues[0],
      BENCH_OTHER_QUEUE: this.queues[1],
      BENCH_UMBEL: this.launch.umbel,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await using client = new MongoClient(this.backend);
    await client.db().dropDatabase();
    const connection = await connect(this.servers.amqp);
    const channel = await connection.createChannel();
    for (const queue of this.queues) await channel.deleteQueue(queue);
    await connection.close();
  }
}

/** The URL with a database as its path. */
function withDatabase(url: string, database: string): string {
  const parsed = new URL(url);
  parsed.pathname = `/${database}`;
  return parsed.href;
}
