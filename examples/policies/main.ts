// When a group is decided, and as what: all, settled, any, race, a quorum.
import { group } from "@umbel/canvas";
import { Umbel } from "@umbel/runtime";

await using app = new Umbel("example");
const ask = app.task("ask", (replica: string): string => {
  if (replica === "down") throw new Error("no answer");
  return `answer of ${replica}`;
});
const shout = app.task("shout", (text: string) => text.toUpperCase());

const replicas = [ask.s("down"), ask.s("east"), ask.s("down")] as const;

// all, the default: fails when a member fails, with all failures.
await group(replicas)
  .apply()
  .get()
  .catch((error: Error) => console.log("all:", (error.cause as AggregateError).errors.length, "failed"));

// settled: how each ended; it does not fail.
for (const ended of await group(replicas, "settled").apply().get())
  console.log("settled:", ended.status, ended.status === "fulfilled" ? ended.value : ended.reason.message);

// any: the first success. A group with a policy is a step like all others.
console.log("any:", await group(replicas, "any").pipe(shout.s()).apply().get());

// race: what ends first, be it a failure.
console.log(
  "race:",
  await group([ask.s("west")], "race")
    .apply()
    .get(),
);

// A quorum: so many successes, in the order of the group; it fails as soon as they are out of reach.
const three = [ask.s("a"), ask.s("down"), ask.s("b")] as const;
console.log("quorum:", await group(three, { quorum: 2 }).apply().get());
await group(replicas, { quorum: 2 })
  .apply()
  .get()
  .catch((error: Error) => console.log("out of reach:", error.name));
