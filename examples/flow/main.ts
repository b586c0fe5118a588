// A flow as a thing: asked for by its id, in any process that has the same backend, and followed as it happens.
import { each } from "@umbel/canvas";
import type { FlowNode } from "@umbel/runtime";
import { Umbel } from "@umbel/runtime";

await using app = new Umbel("example", { concurrency: 1 });
const list = app.task("list", (folder: string) => [`${folder}/7`, `${folder}/x`]);
const parse = app.task("parse", (path: string) => {
  const number = Number(path.split("/").at(-1));
  if (Number.isNaN(number)) throw new RangeError(`${path} is no number`);
  return number;
});
const sum = app.task("sum", (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0));

// Each start and each end, as it happens; the iteration ends with the flow.
const result = list.s("in").pipe(each(parse.s())).pipe(sum.s()).apply();
for await (const event of result.events()) {
  const why = event.type === "failed" ? `, ${event.isSkipped ? "since" : "of"} ${event.failure.message}` : "";
  console.log(`${event.type} ${event.task}${why}`);
}

// By its id, here or elsewhere: the members of `each` are there, now that they are known.
const flow = app.flow<number>(result.flow);
console.log(await flow.draw());

// The tree has what a program needs: names, states, times, results and errors.
const { root } = await flow.tree();
for (const { name, value, failure, durationMs } of tasksIn(root))
  console.log(name, value, failure?.name, durationMs === null ? "did not run" : "ran");

function tasksIn(node: FlowNode): readonly Extract<FlowNode, { kind: "task" }>[] {
  if (node.kind === "task") return [node];
  return (node.kind === "chain" ? node.steps : node.members).flatMap(tasksIn);
}

// And its result, to wait for.
await flow
  .result()
  .get()
  .catch((error: Error) => console.log(error.name));
