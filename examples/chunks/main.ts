// A long list in a few messages: a group, each of whose members calls the task for so many items.
import { chunks } from "@umbel/canvas";
import { Umbel } from "@umbel/runtime";

await using app = new Umbel("example");
const add = app.task("add", (x: number, y: number) => x + y);
const flat = app.task("flat", (lists: readonly (readonly number[])[]) => lists.flat());

const pairs = [1, 2, 3, 4, 5].map((i) => [i, i] as const);
const result = add.chunks(pairs, 2).apply();
console.log(result.children.length, "messages");
console.log(await result.get());

// Flattened again by the step behind it; `.group()` is Celery's word for what it is already.
console.log(await chunks(add, pairs, 2).group().pipe(flat.s()).apply().get());
