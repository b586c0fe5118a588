import { chord } from "@umbel/canvas";
import { microsecondsPer } from "../figures.ts";
import type { Row } from "../row.ts";
import { flat } from "../targets.ts";
import { sumUpTo, timed, upTo } from "../timed.ts";
import { rawChords } from "./chord.ts";

export const manyChords: Row = {
  name: "many-chords",
  work: "Many small chords at once, and one large one with as many members.",
  cases: [
    { name: "1,000 chords of 10", size: 10, times: 1000 },
    { name: "one chord of 10,000", size: 10_000 },
  ],
  tiny: [
    { name: "3 chords of 4", size: 4, times: 3 },
    { name: "one chord of 12", size: 12 },
  ],
  figures: [microsecondsPer("a member")],
  targets: [flat("the cost of a member", 0.3)],
  bound:
    "the writes of each chord: it is registered, counted, read, claimed and let go, and has a start and a body, which makes twelve messages of ten. What one turn has of these goes together, but for the counts, one update a chord.",
  answer: ({ size, times = 1 }) => upTo(times).map(() => sumUpTo(size) * 2),
  bundle: 32,
  umbel: ({ tasks }, { size, times = 1 }) =>
    timed(() => {
      const members = upTo(size).map((x) => tasks.add.s(x, x));
      const flow = chord(members, tasks.sum.s());
      return Promise.all(upTo(times).map(() => flow.apply().get()));
    }),
  limit: rawChords,
};
