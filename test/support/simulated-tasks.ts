import { chain, chord } from "@umbel/canvas";
import type { Task } from "@umbel/core";
import type { TaskContext, Umbel } from "@umbel/runtime";
import type { AddingTasks } from "./added.ts";
import { addingTasks } from "./added.ts";
import type { FlowTasks, FlowWatcher } from "./flow-tasks.ts";
import { flowTasks } from "./flow-tasks.ts";
import type { Swap } from "./swaps.ts";
import { SWAPS } from "./swaps.ts";
import type { UndoTasks, UndoWatcher } from "./undo-tasks.ts";
import { undoTasks } from "./undo-tasks.ts";

/** The tasks that every simulated worker has, and every simulated client calls. */
export interface Tasks extends FlowTasks, AddingTasks, UndoTasks {
  readonly add: Task<[x: number, y: number], number>;
  readonly inc: Task<[x: number], number>;
  readonly sum: Task<[xs: readonly number[]], number>;
  readonly list: Task<[xs: readonly unknown[]], string>;
  readonly boom: Task<[x: number], number>;
  /** Gives what it gets. */
  readonly same: Task<[value: unknown], unknown>;
  /** A list that is longer each time it runs. */
  readonly rolled: Task<[], readonly number[]>;
  /** Gives what it gets. */
  readonly numbers: Task<[xs: readonly number[]], readonly number[]>;
  readonly lists: Task<[xs: readonly (readonly number[])[]], readonly (readonly number[])[]>;
  /** Fails in its first so many attempts, and then adds up all numbers in what it is given. */
  readonly flaky: Task<[given: unknown, failures: number], number>;
  /** The same, its errors retried without its asking; it is tried three times at most. */
  readonly shaky: Task<[given: unknown, failures: number], number>;
  /** Has its place taken by other steps. */
  // oxlint-disable-next-line typescript/no-explicit-any -- what takes its place decides
  readonly swap: Task<[given: any, by: Swap], any>;
  /** The same by a chord of more members each time it runs; the sum is their number. */
  readonly grown: Task<[], number>;
  /** The same by a chain of three calls, each with a number that is another one each time it runs: three times that. */
  readonly trebled: Task<[], number>;
  /** Gives another value each time it runs, as a handler that reads the world does. */
  readonly roll: Task<[], number>;
}

/** Whoever watches simulated tasks run. */
export interface TasksWatcher extends Pick<UndoWatcher, "undid">, Pick<FlowWatcher, "noted" | "tossed"> {
  /** Called by each handler as it begins. */
  readonly began: (context: TaskContext) => void;
  /** The same for those of drawn flows. */
  readonly beganDrawn: FlowWatcher["began"];
  /** One more each time. */
  readonly roll: () => number;
}

const bind = { bind: true } as const;

/** Defines the tasks on an app. */
export function simulatedTasks(app: Umbel, watcher: TasksWatcher): Tasks {
  const { began, beganDrawn, noted, tossed, undid, roll } = watcher;
  const tasks: Tasks = {
    ...plainTasks(app, watcher),
    ...turningTasks(app, watcher, () => tasks),
    ...addingTasks(app, { calls: () => tasks, began, roll }),
    ...flowTasks(app, { began: beganDrawn, noted, tossed }),
    ...undoTasks(app, { began, undid }),
  };
  return tasks;
}

type Turning = "flaky" | "shaky" | "swap" | "grown" | "trebled";

type Plain = Omit<Tasks, Turning | keyof AddingTasks | keyof FlowTasks | keyof UndoTasks>;

function plainTasks(app: Umbel, { began, roll }: TasksWatcher): Plain {
  const counted =
    <Params extends readonly unknown[], Result>(handler: (...args: Params) => Result) =>
    (context: TaskContext, ...args: Params): Result => {
      began(context);
      return handler(...args);
    };
  return {
    add: app.task(
      "add",
      bind,
      counted((x: number, y: number) => x + y),
    ),
    inc: app.task(
      "inc",
      bind,
      counted((x: number) => x + 1),
    ),
    sum: app.task(
      "sum",
      bind,
      counted((xs: readonly number[]) => xs.reduce((a, b) => a + b, 0)),
    ),
    list: app.task(
      "list",
      bind,
      counted((xs: readonly unknown[]) => JSON.stringify(xs)),
    ),
    boom: app.task(
      "boom",
      bind,
      counted((x: number): number => {
        throw new RangeError(`boom ${x}`);
      }),
    ),
    same: app.task(
      "same",
      bind,
      counted((value: unknown) => value),
    ),
    rolled: app.task(
      "rolled",
      bind,
      counted(() => Array.from({ length: roll() }, (_, i) => i)),
    ),
    numbers: app.task(
      "numbers",
      bind,
      counted((xs: readonly number[]) => xs),
    ),
    lists: app.task(
      "lists",
      bind,
      counted((xs: readonly (readonly number[])[]) => xs),
    ),
    roll: app.task(
      "roll",
      bind,
      counted(() => roll()),
    ),
  };
}

/** Tasks of several turns: tried again, or with their place taken. */
function turningTasks(app: Umbel, { began, roll }: TasksWatcher, calls: () => Tasks): Pick<Tasks, Turning> {
  return {
    flaky: app.task("flaky", { ...bind, maxRetries: null }, (context, given: unknown, failures: number) => {
      began(context);
      if (context.retries >= failures) return total(given);
      throw context.retry({ error: new RangeError(`flaky ${context.retries}`), countdownMs: 40 });
    }),
    shaky: app.task(
      "shaky",
      { ...bind, maxRetries: 2, retryDelayMs: 40, autoretryFor: [RangeError] },
      (context, given: unknown, failures: number) => {
        began(context);
        if (context.retries >= failures) return total(given);
        throw new RangeError(`shaky ${context.retries}`);
      },
    ),
    swap: app.task("swap", bind, (context, given: unknown, by: Swap) => {
      began(context);
      return context.replace<unknown>(SWAPS[by](calls(), total(given)));
    }),
    trebled: app.task("trebled", bind, (context) => {
      began(context);
      const { add } = calls();
      const n = roll();
      return context.replace(chain(add.s(0, n), add.s(n), add.s(n)));
    }),
    grown: app.task("grown", bind, (context) => {
      began(context);
      const members = Array.from({ length: roll() }, () => calls().add.s(0, 1));
      return context.replace(chord(members, calls().sum.s()));
    }),
  };
}

/** The sum of all numbers in a value; what is no number and no list is nothing. */
function total(value: unknown): number {
  if (typeof value === "number") return value;
  return Array.isArray(value) ? value.reduce((sum: number, each: unknown) => sum + total(each), 0) : 0;
}
