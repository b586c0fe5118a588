import { Umbel } from "@umbel/runtime";

/** With neither variable set the tasks run in this process; with both, in workers: `umbel worker -A …/tasks.js`. */
export const app = new Umbel("arithmetic", {
  broker: process.env["UMBEL_BROKER"],
  backend: process.env["UMBEL_BACKEND"],
});

export const add = app.task("add", (x: number, y: number) => x + y);
export const mul = app.task("mul", (x: number, y: number) => x * y);
export const sum = app.task("sum", (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0));
