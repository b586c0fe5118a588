import { parseArgs } from "node:util";

export const PEERS = ["celery", "bullmq"] as const;

export type Peer = (typeof PEERS)[number];

export interface Options {
  /** Rows by name; all where none is named. */
  readonly rows: readonly string[];
  readonly peers: readonly Peer[];
  readonly rounds: number;
  /** Whether the page is written anew. */
  readonly write: boolean;
  /** Whether the rows are so small that nothing is measured: to see that all works. */
  readonly tiny: boolean;
  /** Whether the worker's CPU profile is taken, instead of a comparison. */
  readonly prof: boolean;
}

export const USAGE = `npm run bench -- [rows] [--peers celery,bullmq] [--rounds 5] [--write | --tiny]
npm run bench -- --prof chord [--rounds 5]`;

/** @throws {Error} What is written is not understood; with what can be. */
export function readOptions(line: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...line],
    allowPositionals: true,
    options: {
      peers: { type: "string", default: "" },
      rounds: { type: "string", default: "5" },
      write: { type: "boolean", default: false },
      tiny: { type: "boolean", default: false },
      prof: { type: "boolean", default: false },
    },
  });
  const { write, prof, tiny } = values;
  if (write && (prof || tiny || positionals.length > 0))
    throw new Error(`--write is for a run of all rows\n${USAGE}`);
  if (prof && positionals.length !== 1) throw new Error(`--prof is for one row\n${USAGE}`);
  return {
    rows: positionals,
    peers: readPeers(values.peers),
    rounds: readRounds(values.rounds),
    write,
    prof,
    tiny,
  };
}

function readPeers(text: string): readonly Peer[] {
  const names = text.split(",").filter((name) => name !== "");
  return names.map((name) => {
    const peer = PEERS.find((each) => each === name);
    if (peer === undefined) throw new Error(`there is no peer ${name}; there are ${PEERS.join(", ")}`);
    return peer;
  });
}

function readRounds(text: string): number {
  const rounds = Number(text);
  if (Number.isInteger(rounds) && rounds >= 1) return rounds;
  throw new Error(`--rounds is ${text}; expected a whole number from 1`);
}
