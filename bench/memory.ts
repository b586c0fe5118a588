import { readFileSync } from "node:fs";
import { processTree } from "./process-tree.ts";

/** Megabytes that a process holds; null where that cannot be told. */
export function memoryOf(pid: number): number | null {
  try {
    const found = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    return found === null ? null : Number(found[1]) / 1000;
  } catch {
    return null;
  }
}

/** Those of the servers that this process has started. */
export function memoryOfServers(): { readonly broker: number | null; readonly store: number | null } {
  const all = processTree(process.pid);
  const of = (names: RegExp): number | null => memoryOf(all.find(({ name }) => names.test(name))?.pid ?? 0);
  return { broker: of(/^beam/), store: of(/^(mongod|secantusd)/) };
}
