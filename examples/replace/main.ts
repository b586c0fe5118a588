// A task whose place other steps take: it says what is to be done once it knows, and has the result of that.
import { chain, chord, group } from "@umbel/canvas";
import type { Task } from "@umbel/runtime";
import { TaskFailed, Umbel } from "@umbel/runtime";

await using app = new Umbel("example");
const count = app.task("count", (text: string) => text.split(" ").length);
const sum = app.task("sum", (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0));
const show = app.task("show", (n: number) => `${n} words`);

// A short text is counted here, a long one in parts. What follows the task, and who waits for it, gets the number.
const words = app.task("words", { bind: true }, (context, texts: readonly string[]) => {
  const [only, ...more] = texts;
  if (only === undefined) return 0;
  if (more.length === 0) return context.replace(count.s(only));
  return context.replace(
    chord(
      texts.map((text) => count.s(text)),
      sum.s(),
    ),
  );
});
console.log(await words.s(["to be or not to be"]).pipe(show.s()).apply().get());
console.log(await words.s(["to be", "or not", "to be"]).pipe(show.s()).apply().get());

// As a member of a group it keeps its place.
console.log(
  await group([words.s([]), words.s(["a b", "c"]), count.s("d")])
    .apply()
    .get(),
);

// It may take its own place, again and again: a loop whose each turn is a message, and is stored.
const halve: Task<[n: number, turns: number], string> = app.task(
  "halve",
  { bind: true },
  (context, n: number, turns: number) => {
    if (n === 1) return `after ${turns} turns`;
    return context.replace(halve.s(n % 2 === 0 ? n / 2 : 3 * n + 1, turns + 1));
  },
);
console.log(await halve.s(27, 0).apply().get());

// When the steps in its place fail, it has failed by them; what was to follow does not run.
const broken = app.task("broken", (n: number): number => {
  throw new Error(`no luck with ${n}`);
});
const unlucky = app.task("unlucky", { bind: true }, (context) =>
  context.replace(chain(count.s("one two"), broken.s())),
);
try {
  await unlucky.s().pipe(show.s()).apply().get();
} catch (error) {
  if (error instanceof TaskFailed) console.log(error.task, "-", error.errorMessage);
}
