// A group with a step behind it, which gets the list of all results, once, when the last member has ended.
import { chain, chord, group } from "@umbel/canvas";
import { Umbel } from "@umbel/runtime";

await using app = new Umbel("example");
const add = app.task("add", (x: number, y: number) => x + y);
const sum = app.task("sum", (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0));
const ratio = app.task(
  "ratio",
  ({ part, whole }: { readonly part: number; readonly whole: number }) => part / whole,
);

const pairs = [1, 2, 3].map((i) => add.s(i, i));
console.log(await chord(pairs, sum.s()).apply().get());

// The same in other words: a group that is piped on is a chord.
console.log(await group(pairs).pipe(sum.s()).apply().get());

// A record's body gets the record.
console.log(
  await chord({ part: add.s(1, 2), whole: add.s(6, 6) }, ratio.s())
    .apply()
    .get(),
);

// The body may be a group, a chain or a chord; what follows it follows it once.
console.log(
  await chord(pairs, group([sum.s(), sum.s()]))
    .pipe(sum.s())
    .apply()
    .get(),
);
console.log(
  await chord(pairs, chain(sum.s(), add.s(100)))
    .apply()
    .get(),
);

// Of nothing the body gets an empty list.
console.log(await chord([], sum.s()).apply().get());
