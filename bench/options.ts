import { parseArgs } from "node:util";

export const PEERS = ["celery", "bullmq"] as const;

export type Peer = (typeof PEERS)[number];

export interface Options {
  /** Rows by name; all where none is named. */
  readonly rows: readonly string[];
  readonly peers: readonly Peer[];
  readonly rounds: number;
  /** How often a turn is measured again in which other processes used too much of the machine. */
  readonly repeats: number;
  /** Whether the page is written anew. */
  readonly write: boolean;
  /** Whether the page is written anew from the data beside it, and nothing is measured. */
  readonly page: boolean;
  /** Whether the rows are so small that nothing is measured: to see that all works. */
  readonly tiny: boolean;
  /** Whether only what can be written here is told. */
  readonly help: boolean;
  /** The row of which CPU profiles are taken, instead of a comparison. */
  readonly prof: string | null;
}

export const USAGE = `npm run bench -- [--rows chord,call] [--peers celery,bullmq] [--rounds 5] [--repeats 3] [--write | --tiny]
npm run bench -- --prof chord [--rounds 5]
npm run bench -- --page`;

/** What is written is not understood; the message says what can be. */
export class UsageError extends Error {}

/** @throws {UsageError} What is written is not understood. */
export function readOptions(line: readonly string[]): Options {
  const values = readLine(line);
  const { write, page, tiny, help, prof = null } = values;
  const rows = split(prof ?? values.rows);
  if (write && (prof !== null || tiny || rows.length > 0))
    throw new UsageError(`--write is for a run of all rows\n${USAGE}`);
  return {
    rows,
    peers: readPeers(values.peers),
    rounds: readCount("rounds", values.rounds, 1),
    repeats: readCount("repeats", values.repeats, 0),
    write,
    page,
    prof,
    tiny,
    help,
  };
}

function readLine(line: readonly string[]) {
  try {
    return parseArgs({ args: [...line], options: KNOWN }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n${USAGE}`, { cause: error });
  }
}

const KNOWN = {
  rows: { type: "string", default: "" },
  peers: { type: "string", default: "" },
  rounds: { type: "string", default: "5" },
  repeats: { type: "string", default: "3" },
  write: { type: "boolean", default: false },
  page: { type: "boolean", default: false },
  tiny: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
  prof: { type: "string" },
} as const;

function readPeers(text: string): readonly Peer[] {
  return split(text).map((name) => {
    const peer = PEERS.find((each) => each === name);
    if (peer === undefined) throw new UsageError(`there is no peer ${name}; there are ${PEERS.join(", ")}`);
    return peer;
  });
}

function split(text: string): readonly string[] {
  return text.split(",").filter((name) => name !== "");
}

function readCount(name: string, text: string, least: number): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= least) return count;
  throw new UsageError(`--${name} is ${text}; expected a whole number from ${least}`);
}
