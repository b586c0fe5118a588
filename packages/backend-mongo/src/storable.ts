import type { Holder, Json, OutcomeRecord, ResultDocument, TurnRecord } from "@umbel/core";
import { engineFailure, failed, isUnfinished, stringify, toResultDocument } from "@umbel/core";
import { BSON } from "mongodb";

/** A record as a document that MongoDB takes. */
export interface Storable {
  /** What is stored: the record, or the failure in its stead. */
  readonly record: TurnRecord;
  readonly document: ResultDocument;
  /** Of the document in BSON; a bound of it. */
  readonly bytes: number;
  /** False when the outcome does not fit a document and a failure stands in for it. */
  readonly isWhole: boolean;
  /** See the record's. */
  readonly holder?: Holder;
}

/** The driver takes documents below this, the server's own limit. */
export const LARGEST_DOCUMENT = 16 * 1024 * 1024 - 1;

/** Arguments are kept for people to read: above this many characters of JSON they are left out. */
export const LARGEST_ARGUMENTS = 64 * 1024;

/** A record as a document, with arguments only where they are small and BSON has them, and an outcome that fits. */
export function storable(said: TurnRecord): Storable {
  if (said.holder === undefined) return fitting(said, withModestArguments(said), NOTHING);
  const { holder, ...record } = said;
  const whole = fitting(record, record, calledWith(record));
  return { ...(whole.isWhole ? whole : fitting(record, withModestArguments(record), NOTHING)), holder };
}

const NOTHING: Partial<ResultDocument> = {};

function fitting(record: TurnRecord, kept: TurnRecord, said: Partial<ResultDocument>): Storable {
  const document = documentOf(kept, said);
  if (document === null)
    return standIn(record, "cannot be written as JSON: it is too large, or nested too deep");
  const bytes = sizeOf(document);
  if (bytes <= LARGEST_DOCUMENT) return { record: kept, document, bytes, isWhole: true };
  return standIn(record, `makes a document of ${megabytes(bytes)}, and MongoDB's hold 16 MB`);
}

/** Whoever undoes a task needs its arguments, whatever they are: as text, where BSON may not have them. */
function calledWith(record: TurnRecord): Partial<ResultDocument> {
  const { args, kwargs } = record;
  if (isModest(args) && isModest(kwargs)) return {};
  return { called: stringify([args, kwargs]), args: null, kwargs: null };
}

/**
 * What to try when the server refused a document: the same without arguments, then a failure in its stead.
 *
 * @param why - What the server said.
 * @returns Null when there is nothing less to try.
 */
export function lesser({ record, isWhole, holder }: Storable, why: string): Storable | null {
  if (!isWhole) return null;
  const held = holder && { holder };
  if (record.args === null && record.kwargs === null)
    return { ...standIn(record, `was refused (${why})`), ...held };
  const bare = { ...record, args: null, kwargs: null };
  const document = toResultDocument(bare);
  return { record: bare, document, bytes: sizeOf(document), isWhole, ...held };
}

/**
 * The failure that is stored where an outcome cannot be.
 *
 * @param why - What is wrong with the outcome, as the rest of a sentence about it.
 */
function standIn(record: TurnRecord, why: string): Storable {
  const message = `the outcome of this task ${why}; store what is large elsewhere, and return a reference to it`;
  const failure = engineFailure("RESULT_TOO_LARGE", message, record.task ?? "unknown", record.id);
  const doneAtMs = isUnfinished(record) ? (record.outcome.next.etaMs ?? 0) : record.doneAtMs;
  const instead: OutcomeRecord = { ...record, outcome: failed(failure), doneAtMs, args: null, kwargs: null };
  const document = toResultDocument(instead);
  return { record: instead, document, bytes: sizeOf(document), isWhole: false };
}

function withModestArguments(record: TurnRecord): TurnRecord {
  const { args, kwargs } = record;
  if (isModest(args) && isModest(kwargs)) return record;
  return { ...record, args: isModest(args) ? args : null, kwargs: isModest(kwargs) ? kwargs : null };
}

function documentOf(record: TurnRecord, said: Partial<ResultDocument>): ResultDocument | null {
  try {
    return said === NOTHING ? toResultDocument(record) : { ...toResultDocument(record), ...said };
  } catch (error) {
    if (error instanceof RangeError) return null; // a string above V8's limit, or a stack that overflowed
    throw error;
  }
}

/** Its size in BSON; only a bound of it, which is cheap, where that is far from the limit. */
function sizeOf(document: ResultDocument): number {
  const { result, traceback, next, replaced, additions, called, args, kwargs } = document;
  const texts =
    lengthOf(result) +
    lengthOf(traceback) +
    lengthOf(next) +
    lengthOf(replaced) +
    lengthOf(additions) +
    lengthOf(called);
  const weight = weightOf(args, DEEPEST) + weightOf(kwargs, DEEPEST);
  // n.b. A UTF-16 unit is three bytes of UTF-8 at most; in a list an empty text has thirteen, and a weight of three.
  const bound = 3 * texts + 5 * weight + REST;
  return bound < LARGEST_DOCUMENT / 2 ? bound : BSON.calculateObjectSize(document);
}

function lengthOf(text: string | null | undefined): number {
  return text?.length ?? 0;
}

/** Bytes of all other fields: times, names and ids. */
const REST = 4_096;

function isModest(json: Json): boolean {
  return weightOf(json, DEEPEST) <= LARGEST_ARGUMENTS;
}

/** Characters of its JSON, as far as the limit; infinity for what BSON cannot hold or would give back as something else. */
function weightOf(json: Json, levels: number): number {
  if (typeof json === "string") return weightOfText(json);
  if (json === null || typeof json !== "object") return 4;
  if (levels === 0) return Infinity;
  return Array.isArray(json)
    ? weightOfItems(json, levels - 1)
    : weightOfFields(json as JsonFields, levels - 1);
}

type JsonFields = { readonly [key: string]: Json };

function weightOfItems(items: readonly Json[], levels: number): number {
  let weight = 2;
  for (const item of items) {
    weight += weightOf(item, levels) + 1;
    if (weight > LARGEST_ARGUMENTS) return weight;
  }
  return weight;
}

function weightOfFields(fields: JsonFields, levels: number): number {
  let weight = 2;
  for (const [key, item] of Object.entries(fields)) {
    weight += (REFUSED_KEY.test(key) ? Infinity : weightOfText(key)) + weightOf(item, levels) + 2;
    if (weight > LARGEST_ARGUMENTS) return weight;
  }
  return weight;
}

function weightOfText(text: string): number {
  if (text.length > LARGEST_ARGUMENTS) return Infinity;
  return LONE_SURROGATE.test(text) ? Infinity : text.length + 2;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

/** MongoDB nests a hundred levels; the document and its array of arguments are two. */
const DEEPEST = 90;

/** Keys end at a NUL; `$` is for operators and references; the driver takes `_bsontype` for a type's tag. */
const REFUSED_KEY = /^\$|\0|^_bsontype$/;

/** UTF-8, and so BSON, has none. */
const LONE_SURROGATE = /\p{Surrogate}/u;
