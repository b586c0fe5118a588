// Steps one after the other: each gets the result of the one before in front of its bound arguments.
import { chain } from "@umbel/canvas";
import { Umbel } from "@umbel/runtime";

await using app = new Umbel("example");
const add = app.task("add", (x: number, y: number) => x + y);
const show = app.task("show", (n: number, unit: string) => `${n} ${unit}`);

const flow = chain(add.s(4, 4), add.s(10), show.s("apples"));
console.log(await flow.apply().get());

// The same, one step at a time; and a flow that still needs its first argument.
console.log(await add.s(4, 4).pipe(add.s(10)).pipe(show.s("apples")).apply().get());
console.log(await chain(add.s(1), show.s("pears")).apply(2).get());

// Of one step it is that step; of none it gives what it gets.
console.log(await chain(add.s(1, 1), chain<number>(), add.s(1)).apply().get());

// Any number of steps, made at run time.
const steps = Array.from({ length: 10 }, () => add.s(1));
console.log(
  await chain(...steps)
    .apply(0)
    .get(),
);
