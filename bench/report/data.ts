import { CONTESTANTS } from "../row.ts";
import { summarize } from "../result.ts";
import type { Report } from "./page.ts";

/** A run for programs to read: every turn as it was measured, and what the page says of them. */
export function dataOf({ measuredAt, machine, rounds, results }: Report): string {
  const rows = results.map(({ row, cases }) => ({
    row: row.name,
    targets: row.targets.map((target) => ({
      target: target.text,
      verdict: target.judge({ row, cases }),
    })),
    cases: cases.map((each) => ({
      ...each.which,
      figures: row.figures.map((figure) => ({
        ...{ figure: figure.name, unit: figure.unit, better: figure.better },
        ...Object.fromEntries(CONTESTANTS.map((name) => [name, summarize(figure, each, name) ?? undefined])),
      })),
      turns: each.turns,
    })),
  }));
  return `${JSON.stringify({ measuredAt, machine, rounds, rows }, null, 2)}\n`;
}
