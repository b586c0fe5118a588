import { readFileSync } from "node:fs";
import { processTree } from "./process-tree.ts";

/** What the machine has done until now, in ticks of a core. */
interface Reading {
  readonly all: number;
  readonly idle: number;
  readonly interrupts: number;
  readonly ours: number;
}

/**
 * Watches how much of the machine other processes use: all that is neither this process nor one that it started.
 *
 * @returns Tells the share since then, 0 to 1; null where it cannot be told: there is no `/proc/stat`, or the time was too
 *   short.
 */
export function watchOthers(): () => number | null {
  const before = read();
  return () => {
    const after = read();
    if (before === null || after === null) return null;
    const of = (name: keyof Reading): number => after[name] - before[name];
    if (of("all") < TICKS_LEAST) return null;
    const others = of("all") - of("idle") - of("interrupts") - of("ours");
    return Math.min(1, Math.max(0, others / of("all")));
  };
}

/** Fewer say nothing: a tick is whoever's runs when it falls. */
const TICKS_LEAST = 50;

/** n.b. Interrupts are whoever's packets they were: mostly ours. What a hypervisor took away is others'. */
function read(): Reading | null {
  try {
    const [line = ""] = readFileSync("/proc/stat", "utf8").split("\n", 1);
    const ticks = line.trim().split(/\s+/).slice(1, 9).map(Number);
    const [, , , idle = 0, waiting = 0, hard = 0, soft = 0] = ticks;
    const ours = processTree(process.pid).reduce((sum, each) => sum + each.ticks, 0);
    const all = ticks.reduce((sum, each) => sum + each, 0);
    return { all, idle: idle + waiting, interrupts: hard + soft, ours };
  } catch {
    return null;
  }
}
