import { NotJson } from "./errors.ts";
import { timeOf } from "./time.ts";

/** What travels: JSON, with Celery's `{"__type__", "__value__"}` maps standing for dates and bytes. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export type JsonObject = { readonly [key: string]: Json };

/** How deep values may be nested: as deep as Python reads, and far from what overflows a stack. */
const MAX_DEPTH = 1000;

/**
 * Turns a value into what travels on the wire: a deep copy, so that nothing is shared with the caller.
 *
 * A `Date` and a `Uint8Array` travel in Celery's dialect and arrive as themselves, those of a subclass too. What is
 * undefined is left out of an object, and refused elsewhere. `docs/values.md` lists all that travels.
 *
 * @param path - Where the value stands, for the error: `args[1]`.
 * @throws {NotJson} Naming the path of the first value that JSON cannot carry.
 */
export function toJson(value: unknown, path: string): Json {
  return encode(value, path, []);
}

/**
 * Turns what travelled back into values: a deep copy, with dates and bytes as themselves. A map of Celery's dialect
 * that does not have the dialect's form stays a map.
 *
 * @throws {NotJson} It is nested deeper than anything that {@link toJson} gives.
 */
export function fromJson(json: Json): unknown {
  return decode(json, 0);
}

/**
 * Turns what is no object into what travels on the wire; undefined for all else, and for what does not travel.
 *
 * n.b. Most of what travels is that. To make the path of each costs more than the rest of it.
 */
export function scalarToJson(value: unknown): Json | undefined {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value + 0 : undefined; // n.b. -0 becomes 0, as it does in JSON text
    default:
      return value === null ? null : undefined;
  }
}

function encode(value: unknown, path: string, ancestors: readonly object[]): Json {
  const scalar = scalarToJson(value);
  if (scalar !== undefined) return scalar;
  switch (typeof value) {
    case "object":
      return encodeObject(value as object, path, ancestors);
    case "number":
      throw new NotJson(path, String(value), "send null or a string");
    case "bigint":
      throw new NotJson(path, `a BigInt (${value}n)`, "send a string or a number");
    case "undefined":
      throw new NotJson(path, "undefined", "send null or leave it out");
    default:
      throw new NotJson(path, `a ${typeof value}`, "send data, and let the task look the rest up");
  }
}

function encodeObject(value: object, path: string, ancestors: readonly object[]): Json {
  if (value instanceof Date) return encodeDate(value, path);
  if (value instanceof Uint8Array) return { __type__: "base64", __value__: base64(value) };
  if (ancestors.includes(value))
    throw new NotJson(path, "a cycle", "send a tree, or ids instead of references");
  if (ancestors.length === MAX_DEPTH) throw tooDeep(`${path.slice(0, 60)}…`);
  const within = [...ancestors, value];
  return Array.isArray(value) ? encodeList(value, path, within) : encodeFields(value, path, within);
}

/** n.b. The prototype of lists is a list, in any realm; that of a subclass is none. */
function encodeList(list: readonly unknown[], path: string, within: readonly object[]): Json {
  if (!Array.isArray(Object.getPrototypeOf(list))) throw anInstance(list, path);
  const field = Object.keys(list)[list.length] ?? symbolIn(list);
  if (field !== undefined) {
    throw new NotJson(path, `an array with the field ${String(field)}`, "send a copy of the array: [...it]");
  }
  return Array.from(list, (item, i) => scalarToJson(item) ?? encode(item, `${path}[${i}]`, within));
}

function encodeFields(value: object, path: string, within: readonly object[]): Json {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw anInstance(value, path);
  const symbol = symbolIn(value);
  if (symbol !== undefined)
    throw new NotJson(path, `an object with the key ${String(symbol)}`, "use text as its key");
  if ("__type__" in value && "__value__" in value) {
    throw new NotJson(path, "an object with both __type__ and __value__", "rename one of these keys");
  }
  const fields: { [key: string]: Json } = {};
  for (const [key, item] of Object.entries(value))
    if (item !== undefined)
      setField(fields, key, scalarToJson(item) ?? encode(item, `${path}.${key}`, within));
  return fields;
}

/** A field that is there for all to see and has a symbol for its key. */
function symbolIn(value: object): symbol | undefined {
  const symbols = Object.getOwnPropertySymbols(value);
  return symbols.find((symbol) => Object.prototype.propertyIsEnumerable.call(value, symbol));
}

function anInstance(value: object, path: string): NotJson {
  const name = value.constructor?.name ?? "a class";
  return new NotJson(
    path,
    `an instance of ${name}`,
    "send a plain object with the fields that the task needs",
  );
}

/** n.b. Python before 3.11 does not read `Z`. */
function encodeDate(date: Date, path: string): Json {
  if (Number.isNaN(date.getTime())) throw new NotJson(path, "an invalid Date", "send null");
  return { __type__: "datetime", __value__: date.toISOString().replace("Z", "+00:00") };
}

function tooDeep(path: string): NotJson {
  const advice = "send it flatter, as a list with ids for instance";
  return new NotJson(path, `nested more than ${MAX_DEPTH} levels deep`, advice);
}

function decode(json: Json, depth: number): unknown {
  if (json === null || typeof json !== "object") return json;
  if (depth === MAX_DEPTH) throw tooDeep("a value");
  if (Array.isArray(json)) return json.map((item: Json) => decode(item, depth + 1));
  const object = json as JsonObject;
  return decodeDialect(object, depth) ?? decodeFields(object, depth);
}

function decodeFields(object: JsonObject, depth: number): object {
  const fields: { [key: string]: unknown } = {};
  for (const [key, item] of Object.entries(object)) setField(fields, key, decode(item, depth + 1));
  return fields;
}

/**
 * Sets a field of what came from elsewhere, whatever its name.
 *
 * n.b. `Object.fromEntries`, which makes a list of pairs before, takes twice as long.
 */
export function setField<Value>(fields: { [key: string]: Value }, key: string, value: Value): void {
  if (key === "__proto__")
    Object.defineProperty(fields, key, { value, configurable: true, enumerable: true, writable: true });
  else fields[key] = value;
}

/** What a map of Celery's dialect stands for; undefined where it is none, or malformed. */
function decodeDialect(object: JsonObject, depth: number): unknown {
  if (object["__type__"] === undefined) return undefined; // n.b. to look at all its fields takes longer
  const { ["__type__"]: type, ["__value__"]: value, ...others } = object;
  if (typeof type !== "string" || value === undefined || Object.keys(others).length > 0) return undefined;
  switch (type) {
    case "datetime":
      return typeof value === "string" ? dateOf(value) : undefined;
    case "base64":
      return typeof value === "string" ? bytesOf(value) : undefined;
    case "bytes":
      return typeof value === "string" ? new TextEncoder().encode(value) : undefined;
    case "uuid":
      return dashed((value as { readonly hex?: Json } | null)?.hex);
    case "float":
      return FLOATS.get(value);
    default:
      return decode(value, depth + 1); // date, time, decimal: their text; what others registered: its value
  }
}

const FLOATS: ReadonlyMap<Json, number> = new Map([
  ["NaN", NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
]);

function dateOf(iso: string): Date | undefined {
  const time = timeOf(iso);
  return time === null ? undefined : new Date(time);
}

function dashed(hex: Json | undefined): string | undefined {
  return typeof hex === "string"
    ? hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5")
    : undefined;
}

function base64(data: Uint8Array): string {
  return btoa(Array.from(data, (byte) => String.fromCharCode(byte)).join(""));
}

function bytesOf(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
