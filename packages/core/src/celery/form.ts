import type { Json, JsonObject } from "../json.ts";

/**
 * What came does not have the form that it must have; the message says where, and what it is instead.
 *
 * n.b. All that is read is checked, so that the checks are told in parts whose it is: `args`, of `add`. To make one text of
 * them for each field that is as it must be would cost more than to look at it.
 */
export class Malformed extends Error {}

export function asMap(json: Json | undefined, what: string, of?: string): JsonObject {
  if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as JsonObject;
  throw unlike(json, "a map", what, of);
}

export function asList(json: Json | undefined, what: string, of?: string): readonly Json[] {
  if (Array.isArray(json)) return json as readonly Json[];
  throw unlike(json, "a list", what, of);
}

export function asText(json: Json | undefined, what: string, of?: string): string {
  if (typeof json === "string") return json;
  throw unlike(json, "text", what, of);
}

export function asBoolean(json: Json | undefined, what: string, of?: string): boolean {
  if (typeof json === "boolean") return json;
  throw unlike(json, "true or false", what, of);
}

export function asNumber(json: Json | undefined, what: string, of?: string): number {
  if (typeof json === "number") return json;
  throw unlike(json, "a number", what, of);
}

/** A whole number from 0. */
export function asCount(json: Json | undefined, below: number, what: string, of?: string): number {
  if (typeof json === "number" && Number.isInteger(json) && json >= 0 && json < below) return json;
  throw unlike(json, `a whole number below ${below}`, what, of);
}

function unlike(json: Json | undefined, expected: string, what: string, of: string | undefined): Malformed {
  const whose = of === undefined ? what : `${what} of ${of}`;
  return new Malformed(`${whose} is ${shown(json)}, not ${expected}`);
}

/** A value for an error text: the beginning of it. */
export function shown(json: Json | undefined): string {
  return json === undefined ? "absent" : JSON.stringify(json).slice(0, 60);
}
