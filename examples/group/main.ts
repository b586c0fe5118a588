// Steps side by side: the results in the order of the members, whenever each ends.
import { group } from "@umbel/canvas";
import { Umbel } from "@umbel/runtime";

await using app = new Umbel("example");
const add = app.task("add", (x: number, y: number) => x + y);
const upper = app.task("upper", (text: string) => text.toUpperCase());

// A tuple gives a tuple: [number, string]. An array, or any iterable, gives an array.
const [sum, text] = await group([add.s(1, 1), upper.s("a")])
  .apply()
  .get();
console.log(sum, text);
console.log(
  await group([1, 2, 3].map((i) => add.s(i, i)))
    .apply()
    .get(),
);

// A record gives a record with the same keys.
const { low, high } = await group({ low: add.s(1, 1), high: add.s(100, 100) })
  .apply()
  .get();
console.log(low, high);

// After a step every member gets its result. Groups may be nested, and empty.
console.log(
  await add
    .s(1, 1)
    .pipe(group([add.s(10), add.s(20)]))
    .apply()
    .get(),
);
console.log(
  await group([group([add.s(1, 1), add.s(2, 2)]), group([])])
    .apply()
    .get(),
);
