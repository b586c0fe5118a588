import type { Json, JsonObject } from "../json.ts";

/** What came does not have the form that it must have; the message says where, and what it is instead. */
export class Malformed extends Error {}

export function asMap(json: Json | undefined, what: string): JsonObject {
  if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as JsonObject;
  throw new Malformed(`${what} is ${shown(json)}, not a map`);
}

export function asList(json: Json | undefined, what: string): readonly Json[] {
  if (Array.isArray(json)) return json as readonly Json[];
  throw new Malformed(`${what} is ${shown(json)}, not a list`);
}

export function asText(json: Json | undefined, what: string): string {
  if (typeof json === "string") return json;
  throw new Malformed(`${what} is ${shown(json)}, not text`);
}

export function asBoolean(json: Json | undefined, what: string): boolean {
  if (typeof json === "boolean") return json;
  throw new Malformed(`${what} is ${shown(json)}, not true or false`);
}

export function asNumber(json: Json | undefined, what: string): number {
  if (typeof json === "number") return json;
  throw new Malformed(`${what} is ${shown(json)}, not a number`);
}

/** A whole number from 0. */
export function asCount(json: Json | undefined, below: number, what: string): number {
  if (typeof json === "number" && Number.isInteger(json) && json >= 0 && json < below) return json;
  throw new Malformed(`${what} is ${shown(json)}, not a whole number below ${below}`);
}

/** A value for an error text: the beginning of it. */
export function shown(json: Json | undefined): string {
  return json === undefined ? "absent" : JSON.stringify(json).slice(0, 60);
}
