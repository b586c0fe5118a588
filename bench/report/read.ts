import type { Turn } from "../result.ts";
import type { ContestantName, Row } from "../row.ts";
import type { Machine } from "../machine.ts";
import type { Report } from "./page.ts";

/** A run as `dataOf` wrote it. */
interface Data {
  readonly measuredAt: string;
  readonly machine: Machine;
  readonly rounds: number;
  readonly rows: readonly {
    readonly row: string;
    readonly cases: readonly {
      readonly name: string;
      readonly turns: Partial<Record<ContestantName, readonly Turn[]>>;
    }[];
  }[];
}

/**
 * The run that a file of data has, for rows as they are now: what bounds a row is written when the run has been looked at.
 *
 * @throws {Error} There is no such row, or no such case of it, any more.
 */
export function reportOf(data: string, rows: readonly Row[]): Report {
  const { measuredAt, machine, rounds, rows: all } = JSON.parse(data) as Data;
  const results = all.map(({ row: name, cases }) => {
    const row = found(rows, name, "row");
    return {
      row,
      cases: cases.map(({ name: which, turns }) => ({ which: found(row.cases, which, name), turns })),
    };
  });
  return { measuredAt: new Date(measuredAt), machine, rounds, results };
}

function found<Item extends { readonly name: string }>(
  items: readonly Item[],
  name: string,
  what: string,
): Item {
  const item = items.find((each) => each.name === name);
  if (item === undefined)
    throw new Error(`the data has the ${what} "${name}", which there is no more: measure again`);
  return item;
}
