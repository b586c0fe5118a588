import { map as mapOf } from "@umbel/canvas";
import { measured, microsecondsPer, overBare } from "../figures.ts";
import type { Row } from "../row.ts";
import { reaches } from "../targets.ts";
import { timed, upTo } from "../timed.ts";
import { messagesOf } from "../umbel/messages.ts";

export const map: Row = {
  name: "map",
  work: "A task mapped over a list: the messages that it takes, and what an element costs over the bare function.",
  cases: [{ name: "100,000 elements", size: 100_000 }],
  tiny: [{ name: "50 elements", size: 50 }],
  figures: [overBare("an element"), measured("messages", "messages"), microsecondsPer("an element")],
  targets: [reaches("at most", 5), reaches("at most", 1, 1)],
  answer: ({ size }) => upTo(size).map((x) => x + 1),
  umbel: async (world, { size }) => {
    const items = upTo(size);
    const bare = await timed(async () => items.map((x) => x + 1));
    let flow = "";
    const done = await timed(() => {
      const result = mapOf(world.tasks.inc, items).apply();
      flow = result.flow;
      return result.get();
    });
    return { ...done, more: { bare: bare.ms, messages: await messagesOf(world, flow) } };
  },
};
