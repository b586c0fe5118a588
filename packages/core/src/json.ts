import { NotJson } from "./errors.ts";

/** What travels: JSON, with Celery's `{"__type__", "__value__"}` maps standing for dates and bytes. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export type JsonObject = { readonly [key: string]: Json };

/**
 * Turns a value into what travels on the wire: a deep copy, so that nothing is shared with the caller.
 *
 * A `Date` and a `Uint8Array` travel in Celery's dialect and arrive as themselves. `undefined` is null at the
 * top and left out of an object.
 *
 * @param path - Where the value stands, for the error: `args[1]`.
 * @throws {NotJson} Naming the path of the first value that JSON cannot carry.
 */
export function toJson(value: unknown, path: string): Json {
  return value === undefined ? null : encode(value, path, []);
}

/** Turns what travelled back into values: a deep copy, with dates and bytes as themselves. */
export function fromJson(json: Json): unknown {
  if (json === null || typeof json !== "object") return json;
  if (Array.isArray(json)) return json.map(fromJson);
  const object = json as JsonObject;
  if ("__type__" in object && "__value__" in object) return decodeDialect(object);
  return Object.fromEntries(Object.entries(object).map(([key, item]) => [key, fromJson(item)]));
}

function encode(value: unknown, path: string, ancestors: readonly object[]): Json {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      if (Number.isFinite(value)) return value;
      throw new NotJson(path, String(value), "send null or a string");
    case "bigint":
      throw new NotJson(path, `a BigInt (${value}n)`, "send a string or a number");
    case "undefined":
      throw new NotJson(path, "undefined", "send null or leave it out");
    case "function":
    case "symbol":
      throw new NotJson(path, `a ${typeof value}`, "send data, and let the task look the rest up");
    case "object":
      return value === null ? null : encodeObject(value, path, ancestors);
  }
}

function encodeObject(value: object, path: string, ancestors: readonly object[]): Json {
  if (value instanceof Date) return encodeDate(value, path);
  if (value instanceof Uint8Array) return { __type__: "base64", __value__: base64(value) };
  if (ancestors.includes(value)) throw new NotJson(path, "a cycle", "send a tree, or ids instead of references");
  const within = [...ancestors, value];
  if (Array.isArray(value)) {
    return Array.from(value, (item: unknown, i) => encode(item, `${path}[${i}]`, within));
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    const name = value.constructor?.name ?? "a class";
    throw new NotJson(path, `an instance of ${name}`, "send a plain object with the fields that the task needs");
  }
  if ("__type__" in value && "__value__" in value) {
    throw new NotJson(path, "an object with both __type__ and __value__", "rename one of these keys");
  }
  const fields = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(fields.map(([key, item]) => [key, encode(item, `${path}.${key}`, within)]));
}

function encodeDate(date: Date, path: string): Json {
  if (Number.isNaN(date.getTime())) throw new NotJson(path, "an invalid Date", "send null");
  return { __type__: "datetime", __value__: date.toISOString() };
}

function decodeDialect(object: JsonObject): unknown {
  const value = object["__value__"];
  switch (object["__type__"]) {
    case "datetime":
      return new Date(withZone(String(value)));
    case "base64":
      return bytes(String(value));
    case "bytes":
      return new TextEncoder().encode(String(value));
    case "uuid":
      return dashed(String((value as JsonObject)["hex"]));
    case "float":
      return Number(value);
    default:
      return value; // date, time, decimal: their text
  }
}

/** Python writes naive datetimes without a zone and means UTC; JavaScript would read them as local time. */
function withZone(iso: string): string {
  return /(?:Z|[+-]\d\d:?\d\d)$/.test(iso) || !iso.includes("T") ? iso : `${iso}Z`;
}

function dashed(hex: string): string {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function base64(data: Uint8Array): string {
  return btoa(Array.from(data, (byte) => String.fromCharCode(byte)).join(""));
}

function bytes(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
