// One message that calls a task for each item, one after the other.
import { chain, map } from "@umbel/canvas";
import { Umbel } from "@umbel/runtime";

await using app = new Umbel("example");
const square = app.task("square", (n: number) => n * n);
const sum = app.task("sum", (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0));

console.log(await square.map([1, 2, 3]).apply().get());
console.log(
  await map(square, new Set([4, 5]))
    .apply()
    .get(),
);
console.log(
  await chain(square.map([1, 2, 3]), sum.s())
    .apply()
    .get(),
);
