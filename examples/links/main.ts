// Side flows: begun by a result, or by a failure, and nobody waits for them.
import { EventEmitter, once } from "node:events";
import { chain, chord, group } from "@umbel/canvas";
import { Umbel } from "@umbel/runtime";

await using app = new Umbel("example");
const add = app.task("add", (x: number, y: number) => x + y);
const sum = app.task("sum", (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0));
const fail = app.task("fail", (why: string): number => {
  throw new Error(why);
});

const heard = new EventEmitter();
const log = app.task("log", (what: unknown) => void heard.emit("log", what));
const alert = app.task("alert", (id: string) => void heard.emit("alert", id));

// A link may be any flow; it begins with the result, beside what follows.
const logged = once(heard, "log");
const side = chain(group([add.s(10), add.s(20)]), sum.s(), log.s());
console.log("result", await add.s(1, 1).link(side).pipe(add.s(5)).apply().get());
console.log("logged", await logged);

// Members of a group failed, so its body did: its link begins once, with the body's id.
const alerted = once(heard, "alert");
const result = chord([fail.s("no"), fail.s("never"), add.s(1, 1)], sum.s())
  .onError(alert.s())
  .apply();
await result.get().catch((error: Error) => console.log("failed", error.name));
const [id] = await alerted;
console.log("of the body:", id === result.id);
