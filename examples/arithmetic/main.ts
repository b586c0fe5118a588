import { chain, chord, group } from "@umbel/canvas";
import { onEvent } from "@umbel/runtime";
import type { Step, UmbelEvent } from "@umbel/runtime";
import { add, app, mul, sum } from "./tasks.ts";

/** Draws a flow, sends it, and waits for its result, which has the flow's own type. */
async function run<Out>(title: string, flow: Step<[], Out>): Promise<Out> {
  console.log(`${title}\n\n${indented(flow.draw())}\n`);
  const result = await flow.apply().get();
  console.log(`  = ${JSON.stringify(result)}\n`);
  return result;
}

/** Each task as it finishes, where it runs in this process; elsewhere the worker's log tells. */
function tell(event: UmbelEvent): void {
  if (event.type === "task.succeeded") console.log(`  ✓ ${event.task.padEnd(5)} ${event.id}`);
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, "  ");
}

console.log(
  app.brokerKind === "memory"
    ? "In memory: the tasks run in this process.\n"
    : "The tasks run in the workers; their logs tell of each.\n",
);
const pairs = [0, 1, 2, 3].map((i) => add.s(i, i));
const end = onEvent(tell);

const product: number = await run(
  "A chain: a result goes in front of the next call",
  chain(add.s(4, 4)).pipe(mul.s(8)),
);
const sums: number[] = await run("A group: side by side, the results in order", group(pairs));
const total: number = await run(
  "A chord: a group, then one call with all its results",
  chord(pairs, sum.s()),
);
const tenfold: number = await run(
  "A group piped on is a chord, and goes on",
  group([add.s(1, 1), add.s(2, 2)])
    .pipe(sum.s())
    .pipe(mul.s(10)),
);

console.log(`product: number = ${product}`);
console.log(`sums: number[] = ${sums.join(", ")}`);
console.log(`total: number = ${total}`);
console.log(`tenfold: number = ${tenfold}`);
end();
await app.close();
