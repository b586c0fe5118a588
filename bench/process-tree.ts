import { readFileSync, readdirSync } from "node:fs";

/** A process as `/proc` has it. */
export interface ProcessStat {
  readonly pid: number;
  readonly name: string;
  readonly parent: number;
  /** Ticks of a core that it used, and those of its children that have ended. */
  readonly ticks: number;
}

/** A process and all that it started, and they in turn; none where there is no `/proc`. */
export function processTree(root: number): readonly ProcessStat[] {
  const all = allProcesses();
  const found = all.filter(({ pid }) => pid === root);
  for (const { pid } of found) found.push(...all.filter(({ parent }) => parent === pid));
  return found;
}

function allProcesses(): readonly ProcessStat[] {
  try {
    const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
    return pids.flatMap((pid) => statOf(Number(pid)) ?? []);
  } catch {
    return [];
  }
}

/** n.b. The name may have spaces and brackets in it. */
function statOf(pid: number): ProcessStat | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const end = text.lastIndexOf(")");
    const fields = text.slice(end + 2).split(" ");
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return { pid, name: text.slice(text.indexOf("(") + 1, end), parent: Number(fields[1]), ticks };
  } catch {
    return null; // it has ended
  }
}
