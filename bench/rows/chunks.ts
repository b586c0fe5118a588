import { chunks as chunksOf } from "@umbel/canvas";
import { measured, microsecondsPer, overBare } from "../figures.ts";
import type { Row } from "../row.ts";
import { reaches } from "../targets.ts";
import { timed, upTo } from "../timed.ts";
import { messagesOf } from "../umbel/messages.ts";

const CHUNK = 1000;

export const chunks: Row = {
  name: "chunks",
  work: "A task called for each pair of a list, a thousand of them a message.",
  cases: [{ name: "100,000 elements", size: 100_000 }],
  tiny: [{ name: "50 elements", size: 50 }],
  figures: [overBare("an element"), measured("messages", "messages"), microsecondsPer("an element")],
  targets: [reaches("at most", 5), reaches("at most", 100, 1)],
  bound:
    "values, made into JSON and back, by client and worker, one after the other: in the client's profile (`--prof chunks`: 3.3 µs an element) a fifth is checking that what it sends can travel (`encodeList`), and a fifth collecting; in the worker's (2.3 µs) a fifth is collecting, and another BSON. It was 4.2 µs in the run before.",
  answer: ({ size }) => upTo(size).map((x) => x + x),
  umbel: async (world, { size }) => {
    const pairs = upTo(size).map((x) => [x, x] as const);
    const bare = await timed(async () => pairs.map(([x, y]) => x + y));
    let flow = "";
    const done = await timed(async () => {
      const result = chunksOf(world.tasks.add, pairs, CHUNK).apply();
      flow = result.flow;
      return (await result.get()).flat();
    });
    return { ...done, more: { bare: bare.ms, messages: await messagesOf(world, flow) } };
  },
};
