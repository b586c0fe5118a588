import { Umbel, onEvent } from "@umbel/runtime";
import { chain, chord, draw, group } from "@umbel/canvas";

const app = new Umbel("arithmetic", { broker: process.env["UMBEL_BROKER"], backend: process.env["UMBEL_BACKEND"] });
const add = app.task("add", (x: number, y: number) => x + y);
const mul = app.task("mul", (x: number, y: number) => x * y);
const sum = app.task("sum", (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0));

console.log(await chain(add.s(4, 4)).pipe(mul.s(8)).apply().get());
console.log(await group([0, 1, 2, 3].map((i) => add.s(i, i))).apply().get());
console.log(await chord([0, 1, 2, 3].map((i) => add.s(i, i)), sum.s()).apply().get());
console.log(await group([add.s(1, 1), add.s(2, 2)]).pipe(sum.s()).pipe(mul.s(10)).apply().get());
void onEvent; void draw;
await app.close();
