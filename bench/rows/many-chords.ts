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
    "what each chord has besides its members: a start and a body, which makes twelve messages of ten, and that it is registered, counted, read, claimed and let go. What one turn has of these goes together. RabbitMQ takes about 135 µs of CPU a member, about twice what it takes in one large chord; how many starts run at once, the prefetch and acknowledgements one by one do not explain it (each was varied).",
  answer: ({ size, times = 1 }) => upTo(times).map(() => sumUpTo(size) * 2),
  bundle: 32,
  warmUpMs: 20_000,
  umbel: ({ tasks }, { size, times = 1 }) =>
    timed(() => {
      const members = upTo(size).map((x) => tasks.add.s(x, x));
      const flow = chord(members, tasks.sum.s());
      return Promise.all(upTo(times).map(() => flow.apply().get()));
    }),
  limit: rawChords,
};
