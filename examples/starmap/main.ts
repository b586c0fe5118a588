// As map, with each item spread over the arguments of the task.
import { chain, starmap } from "@umbel/canvas";
import { Umbel } from "@umbel/runtime";

await using app = new Umbel("example");
const power = app.task("power", (base: number, exponent: number) => base ** exponent);
const sum = app.task("sum", (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0));

console.log(
  await power
    .starmap([
      [2, 3],
      [3, 2],
    ])
    .apply()
    .get(),
);
console.log(
  await chain(
    starmap(power, [
      [10, 1],
      [10, 2],
    ]),
    sum.s(),
  )
    .apply()
    .get(),
);
