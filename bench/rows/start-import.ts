import { execFile } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { WHOLE_TIME } from "../figures.ts";
import type { Row } from "../row.ts";
import { reaches } from "../targets.ts";

/** A first program: from before the import to the first result. */
const PROGRAM = `
  const sinceMs = performance.now();
  const { Umbel } = await import("@umbel/runtime");
  const app = new Umbel("first");
  const answer = await app.task("add", (x, y) => x + y).s(2, 3).apply().get();
  console.log(JSON.stringify({ ms: performance.now() - sinceMs, answer }));
  await app.close();
`;

export const startImport: Row = {
  name: "start-import",
  work: "In a new process, from the import to the first result in memory.",
  cases: [{ name: "import to first result", size: 1 }],
  tiny: [{ name: "import to first result", size: 1 }],
  figures: [WHOLE_TIME],
  targets: [reaches("at most", 150)],
  answer: () => 5,
  workers: 0,
  umbel: async () => {
    const line = [...process.execArgv, "--input-type=module", "-e", PROGRAM];
    const cwd = dirname(fileURLToPath(import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, line, { cwd });
    return JSON.parse(stdout);
  },
};
