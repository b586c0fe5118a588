import type { Figure } from "./row.ts";

/** Things done in a second: `size` of them, `times` each. */
export function perSecond(things: string): Figure {
  return {
    name: "rate",
    unit: `${things}/s`,
    better: "more",
    of: ({ ms }, { size, times = 1 }) => (size * times * 1000) / ms,
  };
}

/** Microseconds for each of `size` things, `times` each. */
export function microsecondsPer(thing: string): Figure {
  return {
    name: "cost",
    unit: `µs ${thing}`,
    better: "less",
    of: ({ ms }, { size, times = 1 }) => (ms * 1000) / (size * times),
  };
}

/** Milliseconds in all. */
export const WHOLE_TIME: Figure = { name: "time", unit: "ms", better: "less", of: ({ ms }) => ms };

/** One of the numbers that were measured besides. */
export function measured(name: string, unit: string): Figure {
  return { name, unit, better: "less", of: ({ more }) => more?.[name] ?? Number.NaN };
}

/** Microseconds for each thing beyond those that the bare function takes, which was measured beside it. */
export function overBare(thing: string): Figure {
  return {
    name: "cost over the bare function",
    unit: `µs ${thing} over the bare function`,
    better: "less",
    of: ({ ms, more }, { size }) => ((ms - (more?.["bare"] ?? Number.NaN)) * 1000) / size,
  };
}

/** One of the numbers that were measured besides, for each of the `times`. */
export function measuredPer(name: string, unit: string): Figure {
  return {
    name,
    unit,
    better: "less",
    of: ({ more }, { times = 1 }) => (more?.[name] ?? Number.NaN) / times,
  };
}
