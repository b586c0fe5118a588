import { UsageError } from "../options.ts";
import type { Row } from "../row.ts";
import { bigChord } from "./big-chord.ts";
import { call } from "./call.ts";
import { chain } from "./chain.ts";
import { chord } from "./chord.ts";
import { chunks } from "./chunks.ts";
import { group } from "./group.ts";
import { hops } from "./hops.ts";
import { latency } from "./latency.ts";
import { manyChords } from "./many-chords.ts";
import { map } from "./map.ts";
import { memoryChain } from "./memory-chain.ts";
import { memoryGroup } from "./memory-group.ts";
import { payload } from "./payload.ts";
import { startHelp } from "./start-help.ts";
import { startImport } from "./start-import.ts";
import { throughput } from "./throughput.ts";

/** All rows, in the order of the page. */
export const ROWS: readonly Row[] = [
  call,
  throughput,
  group,
  chain,
  hops,
  chord,
  bigChord,
  manyChords,
  map,
  chunks,
  payload,
  memoryGroup,
  memoryChain,
  latency,
  startImport,
  startHelp,
];

/** @throws {Error} There is no row of a name; `chord` is chord itself, `memory` all rows that begin with `memory-`. */
export function rowsOf(names: readonly string[]): readonly Row[] {
  if (names.length === 0) return ROWS;
  const unknown = names.find((name) => !ROWS.some((row) => isMeant(row, name)));
  if (unknown === undefined) return ROWS.filter((row) => names.some((name) => isMeant(row, name)));
  throw new UsageError(`there is no row ${unknown}; there are ${ROWS.map(({ name }) => name).join(", ")}`);
}

function isMeant(row: Row, name: string): boolean {
  return row.name === name || row.name.startsWith(`${name}-`);
}
