// A flow as Celery's signature objects, and back: to be kept, to be looked at, to be sent by a Python client.
import { chain, group } from "@umbel/canvas";
import { Umbel } from "@umbel/runtime";

await using app = new Umbel("example");
const add = app.task("add", (x: number, y: number) => x + y);
const sum = app.task("sum", (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0));

console.log(JSON.stringify(add.s(1, 1)));

// A group with something behind it is written as Celery's chord.
const text = JSON.stringify(chain(add.s(1, 1), group([add.s(10), add.s(20)]), sum.s()));
console.log(text.match(/"celery\.\w+"/g));

const step = app.fromJSON(JSON.parse(text));
console.log(await step.apply().get());
