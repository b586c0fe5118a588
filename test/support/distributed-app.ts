import { appendFileSync, readFileSync } from "node:fs";
import { chord } from "@umbel/canvas";
import type { Done } from "@umbel/core";
import type { Task, TaskContext } from "@umbel/runtime";
import { Umbel } from "@umbel/runtime";
import { flowTasks } from "./flow-tasks.ts";

export interface AppSettings {
  readonly broker: string | undefined;
  readonly backend: string | undefined;
  readonly queue: string;
  /** A file to which handlers add a line when they begin: `<task> <id>`, some with the attempts before it. */
  readonly journal: string;
}

/** The app that tests and their worker processes share. */
export function distributedApp({ broker, backend, queue, journal }: AppSettings) {
  const app = new Umbel("distributed", { broker, backend, queue });
  const note = ({ task, id }: TaskContext, more = ""): void =>
    appendFileSync(journal, `${task} ${id}${more}\n`);
  const bind = { bind: true } as const;
  /** Takes its time, and says that it began. */
  const slow = app.task("slow", bind, async (context, x: number, ms: number) => {
    note(context);
    await new Promise((resolve) => setTimeout(resolve, ms));
    return x;
  });
  /** The body of a chord, and says that it began. */
  const total = app.task("total", bind, async (context, xs: readonly number[], ms: number) => {
    note(context);
    await new Promise((resolve) => setTimeout(resolve, ms));
    return xs.reduce((a, b) => a + b, 0);
  });
  /** Adds so many of itself to its group, over so many levels, and says that it began. */
  const adds: Task<[x: number, width: number, levels: number], number> = app.task(
    "adds",
    bind,
    (context, x: number, width: number, levels: number) => {
      note(context);
      const count = levels > 0 ? width : 0;
      for (let i = 1; i <= count; i += 1) context.addToChord(adds.s(x + i, width, levels - 1));
      return x;
    },
  );
  return {
    app,
    slow,
    total,
    adds,
    /** Lets a chord of calls that take so long take its place, and says that it began. */
    spreads: app.task("spreads", bind, (context, xs: readonly number[], ms: number) => {
      note(context);
      return context.replace(
        chord(
          xs.map((x) => slow.s(x, ms)),
          total.s(0),
        ),
      );
    }),
    add: app.task("add", (x: number, y: number) => x + y),
    mul: app.task("mul", (x: number, y: number) => x * y),
    sum: app.task("sum", (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0)),
    range: app.task("range", (n: number) => Array.from({ length: n }, (_, i) => i)),
    boom: app.task("boom", (text: string): number => {
      throw new RangeError(text);
    }),
    /** Those of drawn flows; a note is a line `note <id> <json>`. */
    drawn: flowTasks(app, {
      began: () => {},
      tossed: () => Math.random() < 0.5,
      noted: ({ id, ...noted }) => appendFileSync(journal, `note ${id} ${JSON.stringify(noted)}\n`),
    }),
    /** Fails in its first attempts, and says which began; the second of them may take its time, the first time it runs. */
    stubborn: app.task(
      "stubborn",
      bind,
      async (context, given: unknown, failures: number, countdownMs: number, secondMs = 0) => {
        note(context, ` ${context.retries}`);
        const began = readFileSync(journal, "utf8").split(`${context.id} 1\n`).length - 1;
        if (context.retries === 1 && began === 1)
          await new Promise((resolve) => setTimeout(resolve, secondMs));
        if (context.retries >= failures) return given;
        throw context.retry({ error: new RangeError("stubborn"), countdownMs });
      },
    ),
    /** Takes something, which `release` gives back; both say that they began. */
    book: app.task("book", bind, async (context, what: string, ms = 0) => {
      note(context);
      await new Promise((resolve) => setTimeout(resolve, ms));
      return `${what} booked`;
    }),
    release: app.task("release", bind, (context, done: Done<string>) => {
      note(context, ` ${JSON.stringify(done.result)}`);
      if (done.args.includes("stuck")) throw new RangeError("it is stuck");
      return done.result;
    }),
    /** Runs until it is cancelled, and says that it began and that it heard. */
    patient: app.task("patient", bind, async (context, x: number) => {
      note(context);
      await new Promise((resolve) => context.signal.addEventListener("abort", resolve, { once: true }));
      note({ ...context, task: "heard" });
      return x;
    }),
    /** Ends its worker's process, as running out of memory does. */
    killer: app.task("killer", bind, (context, x: number) => {
      note(context);
      process.kill(process.pid, "SIGKILL");
      return x;
    }),
    stamps: app.task("stamps", bind, ({ stamps }) => stamps),
    big: app.task("big", (x: number) => BigInt(x) as unknown as number),
  };
}

export type DistributedApp = ReturnType<typeof distributedApp>;
