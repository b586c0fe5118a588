import type { CaseResult, RowResult, Turn } from "../result.ts";
import { aheadOf, summarize } from "../result.ts";
import type { ContestantName, Figure, Row, Target } from "../row.ts";
import { CONTESTANTS, isOurs } from "../row.ts";
import { shown, shownRatio } from "./number.ts";

/** Above this share of the machine a turn that was kept is marked. */
export const OTHERS_MOST = 0.1;

/** A row in Markdown: what is done, a line for each case and figure, and what became of its targets. */
export function rowSection({ row, cases }: RowResult): string {
  const names = CONTESTANTS.filter((name) => cases.some(({ turns }) => turns[name] !== undefined));
  const lines = cases.flatMap((each) => row.figures.map((figure) => tableLine(names, each, figure)));
  const targets = row.targets.map((target) => targetLine(target, { row, cases }));
  const parts = [`### ${row.name}`, workOf(row), table(names, lines), targets.join("\n")];
  if (row.bound !== undefined) parts.push(`What bounds it: ${row.bound}`);
  return parts.filter((part) => part !== "").join("\n\n");
}

/** What is done, and how long before it is measured, where that is not the default. */
function workOf({ work, warmUpMs }: Row): string {
  return warmUpMs === undefined ? work : `${work} Warm-up of each contestant: ${warmUpMs / 1000} s.`;
}

function table(names: readonly ContestantName[], lines: readonly string[]): string {
  const head = ["", ...names, ...othersOf(names).map((name) => `umbel ÷ ${name}`)];
  return [line(head), line(head.map(() => "---")), ...lines].join("\n");
}

function tableLine(names: readonly ContestantName[], result: CaseResult, figure: Figure): string {
  const cells = names.map((name) => cell(result, figure, name));
  const ratios = othersOf(names).map((name) => aheadOf(name, figure, result));
  const shownRatios = ratios.map((ratio) => (ratio === null ? "–" : shownRatio(ratio)));
  return line([`${result.which.name}, ${figure.unit}`, ...cells, ...shownRatios]);
}

function othersOf(names: readonly ContestantName[]): readonly ContestantName[] {
  return names.filter((name) => !isOurs(name));
}

/** `1,234 (1,200–1,300)`: the median, and from the least to the most. */
function cell(result: CaseResult, figure: Figure, name: ContestantName): string {
  const summary = summarize(figure, result, name);
  if (summary === null) return "–";
  const { median, least, most } = summary;
  const isMarked = (result.turns[name] ?? []).some(isDisturbed);
  return `${shown(median)} (${shown(least)}–${shown(most)})${isMarked ? " \\*" : ""}`;
}

/** Whether others used more of the machine than they may. */
export function isDisturbed({ others }: Turn): boolean {
  return others !== null && others > OTHERS_MOST;
}

function targetLine(target: Target, result: RowResult): string {
  const verdict = target.judge(result);
  if (verdict === null) return `- ${target.text}: not compared`;
  return `- ${target.text}: ${verdict.isHeld ? "held" : "**falls short**"}, ${verdict.reached}`;
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}
