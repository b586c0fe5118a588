import type { Cancel, Failure } from "@umbel/core";
import type { Collection } from "mongodb";
import type { Collections } from "./collections.ts";
import type { Calls } from "./failures.ts";
import { DUPLICATE } from "./failures.ts";
import type { JoinDocument } from "./join-document.ts";

/** A flow, or a part of one, that was cancelled. */
export interface CancelDocument {
  /** Its scope. */
  readonly _id: string;
  readonly reason: string;
  readonly expiresAt: Date;
}

/** The marks of joins, in their documents, and the flows that were cancelled, in `umbel_cancels`. */
export class Marks {
  readonly #joins: Collection<JoinDocument>;
  readonly #cancels: Collection<CancelDocument>;
  readonly #calls: Calls;

  constructor({ joins, cancels, calls }: Collections) {
    this.#joins = joins;
    this.#cancels = cancels;
    this.#calls = calls;
  }

  /** See the port. n.b. What is marked before it is registered is a document without a size. */
  async put(joins: readonly string[], mark: Failure, expiresAtMs: number): Promise<void> {
    const update = { $set: { mark }, $setOnInsert: { expiresAt: new Date(expiresAtMs) } };
    for (let from = 0; from < joins.length; from += CHUNK) {
      const some = joins.slice(from, from + CHUNK);
      const updates = some.map((_id) => ({ updateOne: { filter: { _id }, update, upsert: true } }));
      await this.#insist(() => this.#joins.bulkWrite(updates));
    }
  }

  async of(join: string): Promise<Failure | null> {
    const stored = await this.#calls.make("read a mark", () =>
      this.#joins.findOne({ _id: join }, { projection: { mark: 1 } }),
    );
    return stored?.mark ?? null;
  }

  async note({ scope, reason }: Cancel, expiresAtMs: number): Promise<void> {
    const update = { $setOnInsert: { reason, expiresAt: new Date(expiresAtMs) } };
    await this.#insist(() => this.#cancels.updateOne({ _id: scope }, update, { upsert: true }));
  }

  async all(): Promise<readonly Cancel[]> {
    const found = await this.#calls.make("read what was cancelled", () => this.#cancels.find().toArray());
    return found.map(({ _id: scope, reason }) => ({ scope, reason }));
  }

  /** n.b. Of two upserts of one id at once the server may refuse one as a duplicate: it is an update then. */
  async #insist(write: () => Promise<unknown>): Promise<void> {
    for (let round = 0; ; round += 1) {
      try {
        return void (await this.#calls.make(MARK, write));
      } catch (error) {
        const { code } = ((error as Error).cause ?? {}) as { readonly code?: unknown };
        if (code !== DUPLICATE || round === MOST_ROUNDS) throw error;
      }
    }
  }
}

const MARK = "mark what was cancelled";

/** Updates in one call. */
const CHUNK = 1_000;

/** More than any contention takes. */
const MOST_ROUNDS = 20;
