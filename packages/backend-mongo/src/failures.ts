import { StoreUnavailable } from "@umbel/core";
import {
  MongoBulkWriteError,
  MongoError,
  MongoNetworkError,
  MongoServerError,
  MongoServerSelectionError,
} from "mongodb";

/**
 * Makes calls of the driver to one server.
 *
 * What they throw because the server cannot be reached, or refuses, becomes `StoreUnavailable` with that as its
 * `cause`; whatever else they throw is a bug and stays as it is.
 */
export class Calls {
  readonly #server: string;

  /** @param server - Its address and database, for messages. */
  constructor(server: string) {
    this.#server = server;
  }

  /** @param purpose - What for, as a verb: `store outcomes`. */
  async make<Answer>(purpose: string, call: () => Promise<Answer>): Promise<Answer> {
    try {
      return await call();
    } catch (error) {
      if (error instanceof MongoError) throw this.unavailable(purpose, error.message, error);
      throw error;
    }
  }

  /** @param reason - What came instead. */
  unavailable(purpose: string, reason: string, cause?: unknown): StoreUnavailable {
    const what = `MongoDB at ${this.#server} could not ${purpose}: ${withoutPassword(reason)}`;
    return new StoreUnavailable(`${what}; ${adviceFor(cause)}`, { cause });
  }
}

/** Why one document of several was not written. */
export interface DocumentError {
  readonly index: number;
  readonly code: number;
  readonly errmsg?: string | undefined;
}

/** The code of a document whose id is taken. */
export const DUPLICATE = 11_000;

/**
 * What went wrong with single documents of an insert of some, by their index.
 *
 * Rejects when the call failed as a whole, or was not acknowledged by as many servers as asked.
 */
export async function documentErrors(insert: Promise<unknown>): Promise<ReadonlyMap<number, DocumentError>> {
  try {
    await insert;
    return NONE;
  } catch (error) {
    if (isOfOneDocument(error)) return new Map([[0, { index: 0, code: error.code, errmsg: error.message }]]);
    // n.b. the driver wraps a failure of the network in this class, too, and then without such errors.
    if (!(error instanceof MongoBulkWriteError)) throw error;
    const errors = [error.writeErrors].flat();
    if (errors.length === 0 || error.result.getWriteConcernError() !== undefined) throw error;
    return new Map(errors.map((each) => [each.index, each]));
  }
}

/** What `insertOne` throws of its document: the server's answer about that, and none about the whole call. */
function isOfOneDocument(error: unknown): error is MongoServerError & DocumentError {
  return error instanceof MongoServerError && !(error instanceof MongoBulkWriteError) && error["index"] === 0;
}

/** Whether the document itself is at fault, so that trying again is of no use. */
export function isRefusal({ code }: Pick<DocumentError, "code">): boolean {
  return REFUSALS.has(code);
}

/** The refusal of a document that made a call of {@link Calls} fail; null where something else did. */
export function refusalIn(error: unknown): DocumentError | null {
  const cause = error instanceof StoreUnavailable ? error.cause : null;
  if (!(cause instanceof MongoServerError)) return null;
  const refusal = { index: 0, code: Number(cause.code), errmsg: cause.message };
  return isRefusal(refusal) ? refusal : null;
}

/** Hides `user:password@` wherever a URL stands in a text. */
export function withoutPassword(text: string): string {
  return text.replaceAll(/\/\/\S*@/g, "//***@");
}

function adviceFor(cause: unknown): string {
  if (cause instanceof MongoNetworkError || cause instanceof MongoServerSelectionError) {
    return "is it running, is the address right, and may this machine reach it?";
  }
  if (cause instanceof MongoServerError && NOT_ALLOWED.has(Number(cause.code))) {
    return "does the URL have the right user, password and authSource, and may that user read and write there?";
  }
  return "its log may say more";
}

/** Nothing went wrong with any. */
export const NONE: ReadonlyMap<number, DocumentError> = new Map();

/**
 * BadValue, FailedToParse, TypeMismatch, Overflow, InvalidLength, InvalidBSON, the names of fields, validation, and
 * too large (three codes of MongoDB's; 16 is Cosmos DB's).
 */
const REFUSALS: ReadonlySet<number> = new Set([
  2, 9, 14, 15, 16, 22, 52, 55, 56, 57, 121, 10_334, 17_419, 17_420,
]);

/** Unauthorized, AuthenticationFailed, and Atlas's word for both. */
const NOT_ALLOWED: ReadonlySet<number> = new Set([13, 18, 8_000]);
