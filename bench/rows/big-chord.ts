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
    "the cost of a small chord is its way from one end to the other, about ten writes and messages one after the other, of which the limit has fewer; most of the spread is between 100 and 1,000 members. The worker holds what is large: the plan of the group while it begins, and the list that its body gets; messages are made as they are sent. The client holds the plan while it makes and sends it, 100,000 calls.",
  answer: ({ size }) => sumUpTo(size) * 2,
  warmUpMs: 20_000,
  umbel: oneChord,
  limit: rawChords,
};

function from(least: number): (result: CaseResult) => boolean {
  return ({ which }) => which.size >= least;
}
