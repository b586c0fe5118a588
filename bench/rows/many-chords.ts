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
    "RabbitMQ, which takes 142 µs of CPU a member here and 72 in one large chord. The worker takes about as much in both, 154 and 142 µs a member under the profile (`--prof many-chords`), but is busy for 50 % of the time here and 81 % there. Each chord has a start and a body besides, so that ten members are twelve messages; and the starts, which wait for the confirms of what they publish, stand before the members among what is unacknowledged: in the profile of the queue's process in RabbitMQ (Erlang's `eprof`) 30 % is the search for what an acknowledgement is of (`subtract_acks`: 200 steps each), and a third of RabbitMQ's CPU is collecting what that leaves; in one large chord neither is among what counts. Acknowledgements held back until all before them is done take 45 µs of RabbitMQ's CPU off a member, and the time × 0.86; but a chord of 5,000 takes × 1.3 then, and for 10 or 50 ms at most they gain nothing that could be measured.",
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
