import type { CaseResult, RowResult } from "../result.ts";
import { aheadOf } from "../result.ts";
import type { ContestantName, Ours } from "../row.ts";
import { CONTESTANTS, isOurs } from "../row.ts";
import { shownRatio } from "./number.ts";

type Other = Exclude<ContestantName, Ours>;

/** How many times ahead of one other we are in one case. */
interface Bar {
  readonly label: string;
  readonly other: Other;
  readonly times: number;
}

/** Each legible on white and on black. */
const COLORS: Readonly<Record<Other, string>> = {
  limit: "#8a8f98",
  celery: "#3a9a5b",
  "celery-mongodb": "#8bbf5a",
  bullmq: "#d2603a",
};

const OTHERS = CONTESTANTS.filter((name): name is Other => !isOurs(name));
const LINE = 16;
const LEFT = 250;
const WIDTH = 860;
const TOP = 54;

/**
 * An SVG of how many times ahead of each other we are, by the first figure of each row and case: bars from 1 to the right
 * where we are, to the left where we are not, on a logarithmic scale.
 */
export function chartOf(results: readonly RowResult[]): string {
  const groups = results.flatMap((result) => result.cases.map((each) => barsOf(result, each)));
  const bars = groups.filter((group) => group.length > 0);
  const most = Math.max(10, ...bars.flat().map(({ times }) => Math.max(times, 1 / times)));
  const scale = scaleTo(10 ** Math.ceil(Math.log10(most)), bars.flat());
  const height = TOP + bars.reduce((sum, group) => sum + group.length * LINE + LINE / 2, 0) + LINE;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12" fill="#8a8f98">`,
    ...legend(),
    ...axis(scale, height),
    ...drawn(bars, scale),
    "</svg>\n",
  ].join("\n");
}

function barsOf({ row, cases }: RowResult, each: CaseResult): readonly Bar[] {
  const label = cases.length === 1 ? row.name : `${row.name}: ${each.which.name}`;
  return OTHERS.flatMap((other) => {
    const times = aheadOf(other, row.figures[0]!, each);
    return times === null ? [] : [{ label, other, times }];
  });
}

/** Where a ratio is, in pixels from the left, and the powers of ten that are marked. */
interface Scale {
  readonly x: (times: number) => number;
  readonly marks: readonly number[];
}

function scaleTo(most: number, bars: readonly Bar[]): Scale {
  const least = Math.min(0.1, 10 ** Math.floor(Math.log10(Math.min(1, ...bars.map(({ times }) => times)))));
  const [from, to] = [Math.log10(least), Math.log10(most)];
  const room = WIDTH - LEFT - 60;
  const count = Math.round(to - from) + 1;
  return {
    x: (times) => LEFT + ((Math.log10(times) - from) / (to - from)) * room,
    marks: Array.from({ length: count }, (_, i) => 10 ** (Math.round(from) + i)),
  };
}

function legend(): readonly string[] {
  return OTHERS.map((other, i) => {
    const x = LEFT - 150 + i * 180;
    return `<rect x="${x}" y="8" width="12" height="12" fill="${COLORS[other]}"/><text x="${x + 18}" y="18">umbel ÷ ${other}</text>`;
  });
}

function axis({ x, marks }: Scale, height: number): readonly string[] {
  return marks.map((mark) => {
    const at = x(mark).toFixed(1);
    const width = mark === 1 ? 2 : 0.5;
    return `<line x1="${at}" x2="${at}" y1="${TOP - 8}" y2="${height - 8}" stroke="#8a8f98" stroke-width="${width}"/><text x="${at}" y="${TOP - 14}" text-anchor="middle">${mark}×</text>`;
  });
}

function* drawn(groups: readonly (readonly Bar[])[], { x }: Scale): Generator<string> {
  let y = TOP;
  for (const group of groups) {
    yield `<text x="${LEFT - 10}" y="${y + 11}" text-anchor="end">${escaped(group[0]!.label)}</text>`;
    for (const { other, times } of group) {
      const [from, to] = [Math.min(x(1), x(times)), Math.max(x(1), x(times))];
      yield `<rect x="${from.toFixed(1)}" y="${y}" width="${(to - from).toFixed(1)}" height="${LINE - 3}" fill="${COLORS[other]}"/>`;
      yield `<text x="${(to + 5).toFixed(1)}" y="${y + 11}">${shownRatio(times)}</text>`;
      y += LINE;
    }
    y += LINE / 2;
  }
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
