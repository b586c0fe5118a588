import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { WHOLE_TIME } from "../figures.ts";
import type { Done, Row } from "../row.ts";
import { reaches } from "../targets.ts";
import { timed } from "../timed.ts";

export const startHelp: Row = {
  name: "start-help",
  work: "`umbel --help`, from the start of the process to its end. Limit: a Node that does nothing.",
  cases: [{ name: "umbel --help", size: 1 }],
  tiny: [{ name: "umbel --help", size: 1 }],
  figures: [WHOLE_TIME],
  targets: [reaches("at most", 250)],
  answer: () => true,
  workers: 0,
  umbel: ({ places }) =>
    node(
      [...process.execArgv, places.umbel, "--help"],
      (text) => text.includes("umbel worker") || text.includes("worker ["),
    ),
  limit: () => node(["-e", ""], (text) => text === ""),
};

async function node(line: readonly string[], isRight: (output: string) => boolean): Promise<Done> {
  return timed(async () => isRight((await promisify(execFile)(process.execPath, [...line])).stdout));
}
