// What begins when something fails: once a scope, with what failed, where, and why.
import { EventEmitter, once } from "node:events";
import { chain, chord } from "@umbel/canvas";
import type { Step } from "@umbel/core";
import { Umbel } from "@umbel/runtime";

await using app = new Umbel("example");
const load = app.task("load", (id: number): number => {
  if (id > 2) throw new RangeError(`there is no ${id}`);
  return id;
});
const sum = app.task("sum", (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0));
const save = app.task("save", (total: number): string => `saved ${total}`);

const heard = new EventEmitter();
const alert = app.task("alert", (failure: { task: string; index: number | null; message: string }) => {
  heard.emit("alert", `${failure.task} #${failure.index}: ${failure.message}`);
});

async function alarmOf(flow: Step<[], unknown>): Promise<void> {
  const alarm = once(heard, "alert");
  await flow
    .apply()
    .get()
    .catch(() => {});
  console.log(...(await alarm));
}

// Of the whole flow: whichever step fails. Two members failed, and the handler begins once, with both in `errors`.
const loads = [load.s(1), load.s(3), load.s(4)] as const;
await alarmOf(chord(loads, sum.s()).pipe(save.s()).onFailure(alert.s()));

// Of one step of it: not for what failed before it.
await alarmOf(chain(load.s(1), load.si(5).onFailure(alert.s()), save.s()));
