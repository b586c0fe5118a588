import { measured, microsecondsPer } from "../figures.ts";
import type { CaseResult } from "../result.ts";
import type { Row } from "../row.ts";
import { flat } from "../targets.ts";
import { sumUpTo } from "../timed.ts";
import { oneChord, rawChords } from "./chord.ts";

const SIZES = [10, 100, 1000, 10_000, 100_000];

export const bigChord: Row = {
  name: "big-chord",
  work: "Chords of ten times more members each: what a member costs, and what memory the processes hold after it. Limit: that of `chord`.",
  cases: SIZES.map((size) => ({ name: `${size.toLocaleString("en-US")} members`, size })),
  tiny: [
    { name: "3 members", size: 3 },
    { name: "30 members", size: 30 },
  ],
  figures: [
    microsecondsPer("a member"),
    measured("worker memory", "MB of the worker"),
    measured("client memory", "MB of the client"),
    measured("broker memory", "MB of the broker"),
    measured("store memory", "MB of the store"),
  ],
  targets: [
    flat("from 100 members up, the cost", 0.2, 0, from(100)),
    flat("from 1,000 members up, the worker's memory", 0.2, 1, from(1000)),
    flat("from 1,000 members up, the client's memory", 0.2, 2, from(1000)),
    flat("from 1,000 members up, the broker's memory", 0.2, 3, from(1000)),
  ],
  bound:
    "up to 1,000 members the way from one end to the other: about ten writes and messages one after the other, of which the limit has fewer, and what is done once a chord. In the worker's profile (`--prof big-chord`) a member of a chord of 100 takes 242 µs of its CPU, of 1,000 97, of 10,000 100, of 100,000 112, and it is busy for 34, 46, 68 and 72 % of the time: in the small ones it waits. From 10,000 to 100,000 BSON and the driver of MongoDB go from 16 to 27 µs a member: a worker keeps 20,000 of the outcomes that it stored, and reads the others again for the body. The worker's memory is what V8 has not collected yet: its collections (`--trace-gc`) leave 32 to 49 MB while a chord of 100,000 runs, and 85 with the list for the body, and begin at 130 to 240 MB. In the client the 100,000 steps that its caller made are 25 MB by themselves, and it holds the plan while it makes and sends it: 36 % of its time is collecting, 50 % our own functions, which place the calls.",
  answer: ({ size }) => sumUpTo(size) * 2,
  warmUpMs: 20_000,
  umbel: oneChord,
  limit: rawChords,
};

function from(least: number): (result: CaseResult) => boolean {
  return ({ which }) => which.size >= least;
}
