import type { Json, JsonObject } from "../json.ts";

/** Stamps as headers of a message: their names, and their values. */
export function stampHeaders(stamps: JsonObject | undefined): JsonObject {
  return stamps === undefined ? {} : { stamped_headers: Object.keys(stamps), stamps };
}

/** The stamps of a message; undefined where it has none. */
export function stampsOf({ stamped_headers: names, stamps }: JsonObject): JsonObject | undefined {
  if (typeof stamps !== "object" || stamps === null || Array.isArray(stamps)) return undefined;
  return picked(names, stamps as JsonObject);
}

/** Stamps as options of a signature: each under its own name. */
export function stampOptions(stamps: JsonObject | undefined): JsonObject {
  return stamps === undefined ? {} : { stamped_headers: Object.keys(stamps), ...stamps };
}

/** The stamps among the options of a signature, and its other options. */
export function splitStamps(options: JsonObject): {
  readonly stamps: JsonObject | undefined;
  readonly others: JsonObject;
} {
  if (options["stamped_headers"] === undefined) return { stamps: undefined, others: options };
  const { stamped_headers: names, ...others } = options;
  const stamps = picked(names, others);
  if (stamps === undefined) return { stamps, others };
  return { stamps, others: Object.fromEntries(Object.entries(others).filter(([name]) => !(name in stamps))) };
}

function picked(names: Json | undefined, values: JsonObject): JsonObject | undefined {
  if (!Array.isArray(names)) return undefined;
  const stamped = (names as readonly Json[]).flatMap((name): [string, Json][] => {
    const value = typeof name === "string" && Object.hasOwn(values, name) ? values[name] : undefined;
    return value === undefined ? [] : [[name as string, value]];
  });
  return stamped.length === 0 ? undefined : Object.fromEntries(stamped);
}
