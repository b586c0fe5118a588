import { isDeepStrictEqual } from "node:util";
import type { Message } from "@umbel/core";
import { CANCEL_TASK, START_TASK, childId } from "@umbel/core";
import type { Seen, SentCall } from "./agreement.ts";
import type { Note } from "./flow-tasks.ts";
import { noteText } from "./flow-tasks.ts";
import { countsOf } from "./happened.ts";
import { isBelow } from "./hearing.ts";
import type { Plan } from "./plan.ts";
import type { Simulation } from "./simulation.ts";
import { overWire } from "./wire.ts";

/** Sees what is sent in a simulation; n.b. it has to be there first. */
export class Witness {
  /** Ids of all tasks of which a message was sent. */
  readonly tasks = new Set<string>();
  /** The ids of what the caller hears of. */
  readonly told: string[] = [];
  /** Members of races that others decided, by their ids, and when: milliseconds of simulated time. */
  readonly #losers = new Map<string, number>();
  readonly #world: Simulation;
  readonly #sent: SentCall[] = [];

  readonly #isFused: boolean;

  constructor(world: Simulation, { isWritten, gatherMs }: Pick<Plan, "isWritten" | "gatherMs">) {
    this.#world = world;
    this.#isFused = gatherMs !== null;
    this.#hear(world);
    this.#judge(world);
    const { server } = world;
    const enqueue = server.enqueue.bind(server);
    server.enqueue = (message) => {
      this.#see(message);
      enqueue(isWritten ? overWire(message) : message);
    };
  }

  /** All that has happened by now. */
  async seen(): Promise<Seen> {
    const notes = countsOf((await this.#notes()).map(noteText));
    return { notes, runs: countsOf(this.#world.begun.map(({ what }) => what)), sent: this.#sent };
  }

  /** Ids of tasks that were sent and have no outcome, and of joins that nobody would ever let go. */
  async leftOver(): Promise<readonly string[]> {
    const { scheduler, stores, registered } = this.#world;
    const { tasks } = this;
    const open = await missing([...tasks], (id) => this.#world.stored(id));
    await scheduler.run(scheduler.sleep(LONGER_THAN_ANYTHING_IS_KEPT_MS));
    const joins = await Promise.all(
      [...registered].map(async (id) => ((await stores.joins.read(id)) ? [id] : [])),
    );
    return [...open.map((id) => `task ${id}`), ...joins.flat().map((id) => `join ${id}`)];
  }

  /**
   * Ids of tasks of losers whose handler began when the race had been decided and all was done about it: time goes on when
   * nothing else can happen. n.b. What a loser has linked goes on, and a worker that starts later has not heard of it.
   */
  lateLosers(): readonly string[] {
    const losers = [...this.#losers];
    const late = this.#world.begun.filter(
      ({ id, atMs }) =>
        !isLinked(id) && losers.some(([loser, decidedAtMs]) => atMs > decidedAtMs && isBelow(id, loser)),
    );
    return late.map(({ id }) => id);
  }

  #judge({ stores: { joins }, scheduler }: Simulation): void {
    const race = joins.race.bind(joins);
    joins.race = async (join, arrivals) => {
      const raced = await race(join, arrivals);
      const named = raced?.decision?.members;
      const size = named === undefined ? 0 : ((await joins.read(join))?.size ?? 0);
      for (let i = 0; i < size; i += 1) {
        const loser = childId(join, i);
        if (named?.includes(i) !== true && !this.#losers.has(loser)) this.#losers.set(loser, scheduler.now());
      }
      return raced;
    };
  }

  #see(message: Message): void {
    const number = numberOf(message);
    const { queue: _, ...options } = message.options;
    if (message.task !== START_TASK && message.task !== CANCEL_TASK) this.tasks.add(message.id);
    if (number !== undefined) this.#sent.push({ number, options, retries: message.retries });
  }

  #hear({ server }: Simulation): void {
    const reply = server.reply.bind(server);
    server.reply = (address, records) => {
      this.told.push(...records.map(({ id }) => id));
      reply(address, records);
    };
  }

  /** What links noted: an error link's id as the failure that is stored under it. */
  async #notes(): Promise<readonly Omit<Note, "id">[]> {
    const byId = new Map<string, Note>();
    for (const note of await this.#counting()) {
      const known = byId.get(note.id) ?? note; // a task that runs again notes the same
      if (noteText(known) !== noteText(note))
        throw new Error(`${note.id} noted ${noteText(known)} and ${noteText(note)}`);
      byId.set(note.id, note);
    }
    const known = async ({ note, given }: Note): Promise<Omit<Note, "id">> => ({
      note,
      given: typeof given === "string" ? { failed: await this.#failureAt(given) } : plainReport(given),
    });
    return Promise.all([...byId.values()].map(known));
  }

  /** n.b. A call that ran without a message may have got what did not count in the end: then it ran again. */
  async #counting(): Promise<readonly Note[]> {
    const { notes } = this.#world;
    if (!this.#isFused) return notes;
    const records = await Promise.all(notes.map(({ id }) => this.#world.stored(id)));
    return notes.filter(({ given }, i) => {
      const [stored] = records[i]?.args ?? [];
      return stored === undefined || isDeepStrictEqual(stored, given);
    });
  }

  async #failureAt(id: string): Promise<string> {
    const outcome = (await this.#world.stored(id))?.outcome;
    return outcome?.state === "FAILURE" ? outcome.failure.message : `${id} has not failed`;
  }
}

/** What a handler of failures is given, in the evaluator's words. */
export function plainReport(given: unknown): unknown {
  if (typeof given !== "object" || given === null || !("message" in given && "errors" in given)) return given;
  return { failed: given.message };
}

async function missing(
  ids: readonly string[],
  find: (id: string) => Promise<unknown>,
): Promise<readonly string[]> {
  const found = await Promise.all(ids.map(find));
  return ids.filter((_, i) => found[i] === null);
}

/** Whether a task is one of a link. */
export function isLinked(id: string): boolean {
  return /\+(link|error|failure)/.test(id);
}

function numberOf({ task, args, kwargs }: Message): number | undefined {
  if (NUMBERED.has(task)) return args.findLast((arg) => typeof arg === "number");
  const items = kwargs["it"];
  return Array.isArray(items) ? (items.flat().at(0) as number | undefined) : undefined;
}

/** Tasks whose calls have their number last among the numbers that they get. */
const NUMBERED: ReadonlySet<string> = new Set([
  "fold",
  "asking",
  "autoretried",
  "swapped",
  "adding",
  "fickle",
]);

const LONGER_THAN_ANYTHING_IS_KEPT_MS = 30 * 86_400_000;
