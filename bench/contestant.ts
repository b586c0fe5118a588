import type { Json, JsonObject } from "@umbel/core";
import type { Case, ContestantName, Done, Row } from "./row.ts";
import { memoryOf, memoryOfServers } from "./memory.ts";
import type { Program } from "./program.ts";
import type { Site } from "./site.ts";

/** The processes of a contestant. */
export interface Team {
  readonly site: Site;
  readonly client: Program;
  readonly workers: readonly Program[];
  /** Whether they can say how many bytes they have written. */
  readonly tellsBytes?: boolean;
}

/** One who does the same work as the others: a client, and its workers. */
export class Contestant implements AsyncDisposable {
  readonly name: ContestantName;
  readonly #team: Team;

  constructor(name: ContestantName, team: Team) {
    this.name = name;
    this.#team = team;
  }

  /** Does a row's work once, and measures it. @throws {Error} Its answer is wrong. */
  async take(row: Row, which: Case): Promise<Done> {
    const measures = (what: string): boolean => row.figures.some(({ name }) => name.includes(what));
    const before = measures("bytes") ? await this.#bytes() : {};
    const done =
      row.endsAtWorker === true ? await this.#untilAcknowledged(row, which) : await this.#work(row, which);
    const written = measures("bytes") ? this.#written(before, await this.#bytes()) : {};
    if (this.name !== "limit") checkAnswer(this.name, row, which, done.answer);
    const memory = measures("memory") ? this.#memory() : {};
    return { ...done, more: { ...done.more, ...written, ...memory } };
  }

  /** A question to its client. */
  ask(request: JsonObject): Promise<Json> {
    return this.#team.client.ask(request);
  }

  /**
   * A question to each of its processes.
   *
   * @returns Names and answers: `client`, `worker`, `worker-2`.
   */
  askAll(requestFor: (process: string) => JsonObject): Promise<readonly (readonly [string, Json])[]> {
    const { client, workers } = this.#team;
    const named = workers.map((each, i) => [i === 0 ? "worker" : `worker-${i + 1}`, each] as const);
    const all = [["client", client] as const, ...named];
    return Promise.all(all.map(async ([name, each]) => [name, await each.ask(requestFor(name))] as const));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { client, workers, site } = this.#team;
    for (const worker of workers) await worker.stop();
    await client[Symbol.asyncDispose]();
    for (const worker of workers) await worker[Symbol.asyncDispose]();
    await site[Symbol.asyncDispose]();
  }

  async #work(row: Row, which: Case): Promise<Done> {
    return (await this.ask({ ask: "work", row: row.name, which: { ...which } })) as unknown as Done;
  }

  /** The client tells when it began, the worker when all is acknowledged, and the sum of what it was called with. */
  async #untilAcknowledged(row: Row, which: Case): Promise<Done> {
    const [worker] = this.#team.workers;
    await worker!.ask({ ask: "expect", count: which.size });
    const [{ ms: beganMs }, end] = await Promise.all([this.#work(row, which), worker!.note("acknowledged")]);
    const { atMs, sum } = end as { readonly atMs: number; readonly sum: number };
    return { ms: atMs - beganMs, answer: sum };
  }

  async #bytes(): Promise<Record<string, number>> {
    if (this.#team.tellsBytes !== true) return {};
    const bytes: Record<string, number> = {};
    for (const [, each] of await this.askAll(() => ({ ask: "bytes" }))) {
      for (const [port, count] of Object.entries(each as Record<string, number>))
        bytes[port] = (bytes[port] ?? 0) + count;
    }
    return bytes;
  }

  #written(before: Record<string, number>, after: Record<string, number>): Record<string, number> {
    if (this.#team.tellsBytes !== true) return {};
    const { amqp, mongo } = this.#team.site.servers;
    const to = (url: string, usual: string): number => {
      const port = new URL(url).port || usual;
      return (after[port] ?? 0) - (before[port] ?? 0);
    };
    return { "bytes to the broker": to(amqp, "5672"), "bytes to the store": to(mongo, "27017") };
  }

  #memory(): Record<string, number> {
    const { client, workers } = this.#team;
    const of = { client: memoryOf(client.pid), worker: memoryOf(workers[0]?.pid ?? 0), ...memoryOfServers() };
    const known = Object.entries(of).filter((each): each is [string, number] => each[1] !== null);
    return Object.fromEntries(known.map(([name, megabytes]) => [`${name} memory`, megabytes]));
  }
}

function checkAnswer(name: ContestantName, row: Row, which: Case, answer: Json): void {
  const right = row.answer(which);
  if (JSON.stringify(answer) === JSON.stringify(right)) return;
  const [came, due] = [answer, right].map((each) => JSON.stringify(each).slice(0, 200));
  throw new Error(`${name} gave a wrong answer in ${row.name}, ${which.name}: ${came}, and not ${due}`);
}
