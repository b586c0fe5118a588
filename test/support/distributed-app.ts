import { appendFileSync, readFileSync } from "node:fs";
import type { TaskContext } from "@umbel/runtime";
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
  return {
    app,
    add: app.task("add", (x: number, y: number) => x + y),
    mul: app.task("mul", (x: number, y: number) => x * y),
    sum: app.task("sum", (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0)),
    range: app.task("range", (n: number) => Array.from({ length: n }, (_, i) => i)),
    boom: app.task("boom", (text: string): number => {
      throw new RangeError(text);
    }),
    /** Takes its time, and says that it began. */
    slow: app.task("slow", bind, async (context, x: number, ms: number) => {
      note(context);
      await new Promise((resolve) => setTimeout(resolve, ms));
      return x;
    }),
    /** The body of a chord, and says that it began. */
    total: app.task("total", bind, async (context, xs: readonly number[], ms: number) => {
      note(context);
      await new Promise((resolve) => setTimeout(resolve, ms));
      return xs.reduce((a, b) => a + b, 0);
    }),
    /** Those of drawn flows; a note is a line `note <id> <json>`. */
    drawn: flowTasks(app, {
      began: () => {},
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
