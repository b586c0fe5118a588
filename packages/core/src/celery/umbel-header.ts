import type { Compensating } from "../compensation.ts";
import { MAX_MEMBERS } from "../join.ts";
import type { Json, JsonObject } from "../json.ts";
import type { Arrival } from "../message.ts";
import { Malformed, asCount, asList, asMap, asText, shown } from "./form.ts";
import type { Writable } from "./writable.ts";

/** What Umbel adds to a message or to a step; JSON text in the one header `umbel`. */
export interface UmbelHeader {
  /** The publication's nonce. */
  readonly n?: string;
  /** 1 for a suspect. */
  readonly s?: 1;
  /** The task's turn, of a message or of a step; absent for 0. */
  readonly t?: number;
  /** The join whose body it is, likewise. */
  readonly c?: string;
  /** Where the end of the chain arrives. */
  readonly j?: Arrival;
  /** Where the outcome is pushed to. */
  readonly r?: string;
  /** What it is to the compensation of its flow. */
  readonly u?: Compensating;
}

/**
 * The header `umbel` among a message's or a step's headers; empty where there is none.
 *
 * @throws {Malformed} It is there, and not what we write.
 */
export function parseUmbel(headers: JsonObject): UmbelHeader {
  const text = headers["umbel"];
  const said: Writable<UmbelHeader> = {};
  if (text === undefined) return said;
  const { n, s, t, c, j, r, u } = asMap(jsonOf(asText(text, "the header umbel")), "the header umbel");
  if (n !== undefined) said.n = asText(n, "n of the header umbel");
  if (s === 1) said.s = s;
  if (t !== undefined) said.t = asCount(t, MOST_TURNS, "t of the header umbel");
  if (c !== undefined) said.c = asText(c, "c of the header umbel");
  if (j !== undefined) said.j = asArrival(j);
  if (r !== undefined) said.r = asText(r, "r of the header umbel");
  if (u !== undefined) said.u = asCompensating(u, "u of the header umbel");
  return said;
}

/** @throws {Malformed} It is none. */
export function asArrival(json: Json): Arrival {
  const { join, index, size, isRace, isRecord, ends, isCounted, outer } = asMap(json, "an arrival");
  const members = asCount(size, MAX_MEMBERS + 1, "size of an arrival");
  const arrival: Writable<Arrival> = {
    join: asText(join, "join of an arrival"),
    index: asCount(index, members, "index of an arrival"),
    size: members,
    ends: asList(ends, "ends of an arrival").map((end) => asText(end, "an end of an arrival")),
    outer: outer === null || outer === undefined ? null : asArrival(outer),
  };
  if (isRace === true) arrival.isRace = isRace;
  if (isRecord === true) arrival.isRecord = isRecord;
  if (isCounted === true) arrival.isCounted = isCounted;
  return arrival;
}

/** @throws {Malformed} It is none. */
export function asCompensating(json: Json, of: string): Compensating {
  if (json === "step" || json === "end" || json === "undo") return json;
  throw new Malformed(`${of} is ${shown(json)}, which this version does not know`);
}

/** Turns are below this. */
export const MOST_TURNS: number = 2 ** 31;

function jsonOf(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new Malformed(`the header umbel is not JSON: ${text.slice(0, 60)}`);
  }
}
