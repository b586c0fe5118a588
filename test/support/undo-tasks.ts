import type { Done, Task } from "@umbel/core";
import type { TaskContext, Umbel } from "@umbel/runtime";

/** One run of an undo. */
export interface UndoRun {
  /** The id of the undo. */
  readonly id: string;
  readonly done: Done;
}

/** Tasks that do something which can be undone, and what undoes it. */
export interface UndoTasks {
  /** Gives ten times what it gets. */
  readonly take: Task<[x: number], number>;
  /** The same, in its attempt after so many failures. */
  readonly strain: Task<[x: number, failures: number], number>;
  /** Runs until its flow is cancelled, then takes all the same. */
  readonly grasp: Task<[x: number], number>;
  readonly giveBack: Task<[done: Done<number>], number>;
  /** An undo that fails. */
  readonly keepAll: Task<[done: Done<number>], number>;
  /** Has its place taken by a step with an undo. */
  readonly swapUndone: Task<[x: number], number>;
  /** An undo whose place would be taken. */
  readonly swapBack: Task<[done: Done<number>], number>;
  /** An undo that is tried twice, and fails as often as it is told. */
  readonly tryBack: Task<[done: Done<number>, failures: number], number>;
}

/** Whoever watches undos run. */
export interface UndoWatcher {
  readonly began: (context: TaskContext) => void;
  readonly undid: (run: UndoRun) => void;
}

const bind = { bind: true } as const;

/** Defines them on an app. */
export function undoTasks(app: Umbel, { began, undid }: UndoWatcher): UndoTasks {
  const tasks = callableTasks(app, { began, undid });
  return {
    ...tasks,
    swapUndone: app.task("swapUndone", bind, (context, x: number) =>
      context.replace(tasks.take.s(x).compensate(tasks.giveBack.s())),
    ),
    swapBack: app.task("swapBack", bind, (context, done: Done<number>) =>
      context.replace(tasks.take.s(done.result)),
    ),
  };
}

function callableTasks(
  app: Umbel,
  { began, undid }: UndoWatcher,
): Omit<UndoTasks, "swapUndone" | "swapBack"> {
  const retrying = { ...bind, maxRetries: 1, retryDelayMs: 40, autoretryFor: [RangeError] };
  return {
    take: app.task("take", bind, (context, x: number) => {
      began(context);
      return 10 * x;
    }),
    strain: app.task("strain", { ...retrying, maxRetries: 3 }, (context, x: number, failures: number) => {
      began(context);
      if (context.retries < failures) throw new RangeError(`strain ${context.retries}`);
      return 10 * x;
    }),
    grasp: app.task("grasp", bind, async (context, x: number) => {
      began(context);
      if (!context.signal.aborted)
        await new Promise((resolve) => context.signal.addEventListener("abort", resolve, { once: true }));
      return 10 * x;
    }),
    giveBack: app.task("giveBack", bind, (context, done: Done<number>) => {
      began(context);
      undid({ id: context.id, done });
      return done.result;
    }),
    keepAll: app.task("keepAll", bind, (context, done: Done<number>): number => {
      began(context);
      throw new TypeError(`kept ${done.result}`);
    }),
    tryBack: app.task("tryBack", retrying, (context, done: Done<number>, failures: number) => {
      began(context);
      if (context.retries < failures) throw new RangeError(`kept ${done.result}`);
      undid({ id: context.id, done });
      return done.result;
    }),
  };
}
