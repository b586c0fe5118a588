import type { Machine } from "../machine.ts";
import type { RowResult } from "../result.ts";
import { rowSection } from "./table.ts";

const BEGIN = "<!-- measured: begin. Written by `npm run bench -- --write`. -->";
const END = "<!-- measured: end -->";

/** One run, whole. */
export interface Report {
  readonly measuredAt: Date;
  readonly machine: Machine;
  readonly rounds: number;
  readonly results: readonly RowResult[];
}

/**
 * Puts what was measured into a page, between its two markers, in the place of what was there.
 *
 * @param chart - The file of the chart, beside the page.
 * @throws {Error} The page has no markers.
 */
export function withMeasured(page: string, report: Report, chart: string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`the page needs two lines, ${BEGIN} and ${END}`);
  return [page.slice(0, begin), BEGIN, "\n\n", measured(report, chart), "\n\n", page.slice(end)].join("");
}

function measured({ measuredAt, machine, rounds, results }: Report, chart: string): string {
  const parts = Object.entries(machine).map(([name, value]) => `- ${name}: ${value}`);
  return [
    `Measured on ${measuredAt.toISOString().slice(0, 10)}, ${rounds} rounds, on`,
    parts.join("\n"),
    `![How many times faster Umbel is than each other, for each row](${chart})`,
    ...results.map(rowSection),
  ].join("\n\n");
}
