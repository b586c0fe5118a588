import type { Ending } from "@umbel/core";
import { PIPE_RULES } from "@umbel/core";
import type { Difference } from "./differences.ts";
import { DIFFERENCES, KINDS } from "./differences.ts";

/** The rules of `.pipe` as `docs/canvas.md` has them. */
export function rulesTable(): string {
  const rows = (Object.keys(PIPE_RULES) as Ending[]).map((ending) => [
    ending,
    `\`${PIPE_RULES[ending].makes}\``,
  ]);
  return table(["`left` ends with", "`left.pipe(next)` is"], rows);
}

/** Where `|` and `.pipe` differ, as `docs/canvas.md` has it. */
export function differencesTable(): string {
  const rows = DIFFERENCES.map(({ left, right, celery, ours, why }) => [
    operands(left),
    operands(right),
    celery,
    ours,
    why,
  ]);
  return table(["left", "right", "Celery 5.7", "Umbel", "why"], rows);
}

/** Whole kinds in one word. */
function operands(names: Difference["left"]): string {
  if (names === "any") return "any";
  const whole = Object.entries(KINDS).filter(([, kind]) => kind.every((name) => names.includes(name)));
  const rest = names.filter((name) => !whole.some(([, kind]) => kind.includes(name)));
  return [...rest.map((name) => `\`${name}\``), ...whole.map(([word]) => word)].join(", ");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), `|${" --- |".repeat(head.length)}`, ...rows.map(line)].join("\n");
}
