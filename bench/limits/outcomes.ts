import { randomUUID } from "node:crypto";
import type { Collection, Db } from "mongodb";

interface OutcomeDocument {
  readonly _id: string;
  readonly content: string;
}

/** Documents as large as our outcomes, written as we do: the driver's `insertMany` takes more. */
export class Outcomes {
  readonly #database: Db;
  readonly #collection: Collection<OutcomeDocument>;
  readonly #bytes: number;

  constructor(database: Db, bytes: number) {
    this.#database = database;
    this.#collection = database.collection("outcomes");
    this.#bytes = bytes;
  }

  /**
   * Stores so many, in one insert.
   *
   * @param more - Bytes of each beyond those of a small result.
   */
  async insert(count: number, more = 0): Promise<void> {
    const content = "x".repeat(Math.max(0, this.#bytes + more - AROUND));
    const documents = Array.from({ length: count }, () => ({ _id: randomUUID(), content }));
    const [first] = documents;
    if (count === 1) await this.#collection.insertOne(first!);
    else await this.#database.command({ insert: "outcomes", ordered: false, documents });
  }
}

/** Bytes of a document around its content. */
const AROUND = 70;
