import type { Json, ResultDocument } from "@umbel/core";
import { Binary, Decimal128, Double, Int32, Long, ObjectId, UUID } from "mongodb";
import { inflateSync } from "node:zlib";

/**
 * A document that another program may have written, with JSON wherever Umbel expects it.
 *
 * Celery keeps arguments as BSON, so that dates, bytes, UUIDs and large integers stand there as themselves, and a
 * compressed or binary result as bytes. Documents of our own (they have `by`) hold JSON only and are given back.
 */
export function withPlainValues(document: ResultDocument): ResultDocument {
  if (document.by !== undefined) return document;
  const { result, args, kwargs } = document;
  return {
    ...document,
    result: plainResult(result) as ResultDocument["result"],
    args: plain(args) as ResultDocument["args"],
    kwargs: plain(kwargs) as ResultDocument["kwargs"],
  };
}

function plainResult(result: unknown): Json {
  if (!(result instanceof Binary)) return plain(result);
  const bytes = Buffer.from(result.value());
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(inflated(bytes));
  } catch {
    return base64(bytes); // pickle, msgpack, another compression: nothing we read
  }
}

/** What Celery's `result_compression = "gzip"` wrote: a marker, the encoding's name, a NUL, and zlib's bytes. */
function inflated(bytes: Buffer): Buffer {
  const isCompressed = bytes.subarray(0, COMPRESSED.length).equals(COMPRESSED);
  return isCompressed ? inflateSync(bytes.subarray(COMPRESSED.length)) : bytes;
}

const COMPRESSED = Buffer.from("\0celery-compressed\0application/x-gzip\0");

function plain(value: unknown): Json {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value : { __type__: "float", __value__: String(value) };
    case "object":
      return value === null ? null : plainObject(value);
    case "bigint":
      return plainInteger(value);
    default:
      return null;
  }
}

function plainObject(value: object): Json {
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Date) return { __type__: "datetime", __value__: value.toISOString() };
  if (value instanceof UUID) return { __type__: "uuid", __value__: { hex: value.toHexString(false) } };
  if (value instanceof Binary) return base64(Buffer.from(value.value()));
  if (value instanceof Long) return plainInteger(value.toBigInt());
  if (value instanceof Int32 || value instanceof Double) return value.valueOf();
  if (value instanceof Decimal128) return { __type__: "decimal", __value__: value.toString() };
  if (value instanceof ObjectId) return value.toHexString();
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

/** JSON's numbers are exact up to 2^53; beyond that the digits matter more than the type. */
function plainInteger(integer: bigint): Json {
  const number = Number(integer);
  return Number.isSafeInteger(number) ? number : integer.toString();
}

function base64(bytes: Buffer): Json {
  return { __type__: "base64", __value__: bytes.toString("base64") };
}
