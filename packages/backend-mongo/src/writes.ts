import type { Collection, Db, Document, Filter, UpdateFilter } from "mongodb";
import { MongoServerError, WriteConcern } from "mongodb";
import type { DocumentError } from "./failures.ts";
import { NONE, documentErrors } from "./failures.ts";

/** A document to insert. */
export interface Insertion<Stored> {
  readonly document: Stored;
  /** Of BSON; a bound of it. */
  readonly bytes: number;
}

/** An update of a document, or of all that match. */
export interface Update<Stored> {
  readonly q: Filter<Stored>;
  readonly u: UpdateFilter<Stored>;
  readonly multi?: true;
}

/**
 * Writes of several documents, each call one command of the server.
 *
 * The driver's `insertMany` and `bulkWrite` take 100 µs of CPU a call and 1 to 4 µs a document more than the command alone. They
 * try again by themselves when a connection is lost, once, and this does not: whoever calls it does.
 */
export class Writes<Stored extends { readonly _id: string }> {
  readonly #database: Pick<Db, "command">;
  readonly #collection: Collection<Stored>;

  constructor(database: Pick<Db, "command">, collection: Collection<Stored>) {
    this.#database = database;
    this.#collection = collection;
  }

  /**
   * What went wrong with single documents, by their index.
   *
   * @param ordered - Whether the first that goes wrong is the last that is tried.
   * @throws {MongoError} The call failed as a whole, or was not acknowledged by as many servers as asked.
   */
  insert(
    insertions: readonly Insertion<Stored>[],
    ordered: boolean,
  ): Promise<ReadonlyMap<number, DocumentError>> {
    const [only] = insertions;
    const documents = insertions.map(({ document }) => document);
    const bytes = insertions.reduce((sum, each) => sum + each.bytes, 0);
    if (only !== undefined && documents.length === 1) return this.#insertOne(only.document);
    return bytes > LARGEST_COMMAND
      ? this.#insertInParts(documents, ordered)
      : this.#command({ insert: this.#collection.collectionName, ordered, documents }, errorsIn);
  }

  /**
   * How many documents matched. Each update is made whatever becomes of the others.
   *
   * @param updates - Small ones, 10,000 at most.
   * @throws {MongoError} One of them failed, or the call did.
   */
  update(updates: readonly Update<Stored>[]): Promise<number> {
    const command = { update: this.#collection.collectionName, ordered: false, updates };
    return this.#command(command, (said) => {
      const [error] = errorsIn(said).values();
      if (error !== undefined)
        throw new MongoServerError({ ...error, errmsg: error.errmsg ?? "an update failed" });
      return Number(said["n"]);
    });
  }

  /** n.b. What has its id need not be copied. */
  #insertOne(document: Stored): Promise<ReadonlyMap<number, DocumentError>> {
    return documentErrors(this.#collection.insertOne(document as never, AS_IT_IS));
  }

  #insertInParts(
    documents: readonly Stored[],
    ordered: boolean,
  ): Promise<ReadonlyMap<number, DocumentError>> {
    return documentErrors(this.#collection.insertMany(documents as never, { ...AS_IT_IS, ordered }));
  }

  async #command<Answer>(command: Document, read: (said: Document) => Answer): Promise<Answer> {
    const { writeConcern } = this.#collection;
    if (writeConcern !== undefined) WriteConcern.apply(command, writeConcern);
    const said = await this.#database.command(command);
    const unsafe: unknown = said["writeConcernError"];
    if (typeof unsafe === "object" && unsafe !== null) throw new MongoServerError(unsafe);
    return read(said);
  }
}

function errorsIn({ writeErrors }: Document): ReadonlyMap<number, DocumentError> {
  if (writeErrors === undefined) return NONE;
  return new Map((writeErrors as readonly DocumentError[]).map((each) => [each.index, each]));
}

/** Bytes: a command is a document, too, and the server takes 16 MiB for one. */
const LARGEST_COMMAND = 8 * 1024 * 1024;

const AS_IT_IS = { forceServerObjectId: true };
