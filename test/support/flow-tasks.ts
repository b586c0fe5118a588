import type { Done, JsonObject, Settled, Step, StepOptions, Task } from "@umbel/core";
import { InvalidFlow } from "@umbel/core";
import type { TaskContext, Umbel } from "@umbel/runtime";
import type { Flow } from "./drawn-flow.ts";
import { MOST_ATTEMPTS } from "./drawn-flow.ts";
import { stepOf } from "./flow-step.ts";

/** What a link was begun with. */
export interface Note {
  /** The task that made it: the same however often it runs. */
  readonly id: string;
  readonly note: number;
  readonly given: unknown;
}

/** The tasks that drawn flows consist of. */
export interface FlowTasks {
  /** See {@link fold}. */
  readonly fold: Task<unknown[], number>;
  /** The same, but its first attempts fail, as many as the number before the last says: it asks for others. */
  readonly asking: Task<unknown[], number>;
  /** The same, but it does not ask: its policy does. */
  readonly autoretried: Task<unknown[], number>;
  /** Fails as `asking` does, and then has its place taken by the flow that its last text says. */
  readonly swapped: Task<unknown[], unknown>;
  /** Asks for other attempts as `asking` does; adds the flows that its last text says to its group, in each. */
  readonly adding: Task<unknown[], number>;
  /** Gives another value, or asks for another attempt, in another run of the same. */
  readonly fickle: Task<unknown[], number>;
  /** Gives what it gets, or leaves the first of it out. */
  readonly some: Task<[numbers: readonly number[]], readonly number[]>;
  /** Gives what it gets. */
  readonly items: Task<[numbers: readonly number[]], readonly number[]>;
  /** The value of each that succeeded, and what each other failed of. */
  readonly plain: Task<[ended: readonly Settled<unknown>[]], readonly unknown[]>;
  /** Undoes a call; its value is the number, and it fails when that is below 0. */
  readonly undo: Task<[done: Done, number: number], number>;
  /** Notes what it is given, and returns the note's number. */
  readonly note: Task<[given: unknown, note: number], number>;
}

/** Whoever watches drawn flows run. */
export interface FlowWatcher {
  /**
   * The handler goes on when this is through.
   *
   * @param what - Which handler it is, in words: `fold 12`.
   */
  readonly began: (context: TaskContext, what: string) => Promise<void> | void;
  readonly noted: (note: Note) => void;
  /** Whether a fickle task goes its other way in this run: another one of the same may be told otherwise. */
  readonly tossed: (context: TaskContext) => boolean;
}

/** Defines the tasks of drawn flows on an app. */
export function flowTasks(app: Umbel, watcher: FlowWatcher): FlowTasks {
  const { began, noted, tossed } = watcher;
  const bind = { bind: true } as const;
  const tasks: FlowTasks = {
    ...triedTasks(app, watcher),
    fold: app.task("fold", bind, async (context, ...values: unknown[]) => {
      await began(context, wordsFor("fold", values));
      return fold(...values, ...labelsOf(context));
    }),
    swapped: app.task("swapped", bind, async (context, ...values: unknown[]): Promise<unknown> => {
      await began(context, wordsFor("swapped", values));
      if (context.retries < failuresIn(values)) throw context.retry({ countdownMs: RETRY_DELAY_MS });
      return context.replace<unknown>(stepOf(textIn(values) as Flow, tasks));
    }),
    adding: app.task("adding", bind, async (context, ...values: unknown[]) => {
      await began(context, wordsFor("adding", values));
      const { additions, isFickle } = textIn(values) as Extract<Flow, { adds: number }>;
      const added = isFickle && tossed(context) ? additions.slice(1) : additions;
      const told = addTo(
        context,
        added.map((flow) => stepOf(flow, tasks) as Step<[], unknown>),
      );
      if (context.retries < failuresIn(values)) throw context.retry({ countdownMs: RETRY_DELAY_MS });
      return fold(...values, ...labelsOf(context), told);
    }),
    fickle: app.task("fickle", bind, async (context, ...values: unknown[]) => {
      await began(context, wordsFor("fickle", values));
      const isOther = tossed(context);
      if (!values.includes("attempt")) return fold(...values, ...labelsOf(context), isOther ? 1 : 0);
      if (!isOther && context.retries === 0) throw context.retry({ countdownMs: RETRY_DELAY_MS });
      return fold(...values, ...labelsOf(context), context.retries);
    }),
    some: app.task("some", bind, async (context, numbers: readonly number[]) => {
      await began(context, wordsFor("some", numbers));
      return tossed(context) ? numbers.slice(1) : numbers;
    }),
    items: app.task("items", bind, async (context, numbers: readonly number[]) => {
      await began(context, wordsFor("items", numbers));
      return numbers;
    }),
    plain: app.task("plain", bind, async (context, ended: readonly Settled<unknown>[]) => {
      await began(context, "plain");
      return ended.map((each) => (each.status === "fulfilled" ? each.value : each.reason.message));
    }),
    undo: app.task("undo", bind, async (context, done: Done, number: number) => {
      await began(context, wordsFor("undo", [number]));
      return fold(done.result, number);
    }),
    note: app.task("note", bind, async (context, given: unknown, note: number) => {
      await began(context, wordsFor("note", [note]));
      noted({ id: context.id, note, given });
      return note;
    }),
  };
  return tasks;
}

function triedTasks(app: Umbel, { began }: FlowWatcher): Pick<FlowTasks, "asking" | "autoretried"> {
  const attempt = async (context: TaskContext, values: readonly unknown[]): Promise<number> => {
    await began(context, wordsFor(context.task, values));
    if (context.retries < failuresIn(values)) throw attemptFailure(context.retries);
    return fold(...values, ...labelsOf(context));
  };
  const policy = { maxRetries: MOST_ATTEMPTS - 1, retryBackoff: { baseMs: RETRY_DELAY_MS } };
  return {
    asking: app.task("asking", { bind: true }, async (context, ...values: unknown[]) => {
      try {
        return await attempt(context, values);
      } catch (error) {
        if (!(error instanceof Passing)) throw error;
        throw context.retry({ error, countdownMs: RETRY_DELAY_MS, maxRetries: MOST_ATTEMPTS - 1 });
      }
    }),
    autoretried: app.task(
      "autoretried",
      { bind: true, autoretryFor: [Passing], ...policy },
      (context, ...values: unknown[]) => attempt(context, values),
    ),
  };
}

/** n.b. It travels as text: what a task is given in front of it may be anything but that. */
function textIn(values: readonly unknown[]): unknown {
  return JSON.parse(values.findLast((value) => typeof value === "string") ?? "");
}

/** Adds steps to the task's group; how many were added, or that it may not. */
function addTo(context: TaskContext, steps: readonly Step<[], unknown>[]): number | typeof REFUSED {
  try {
    steps.forEach((step) => context.addToChord(step));
    return steps.length;
  } catch (error) {
    if (error instanceof InvalidFlow) return REFUSED;
    throw error;
  }
}

/** What a task tells that may not add to its group. */
export const REFUSED = "may not add";

const RETRY_DELAY_MS = 40;

/** What another attempt may cure. */
class Passing extends Error {
  override readonly name = "Passing";
}

/** What an attempt fails of, by those before it. */
export function attemptFailure(retries: number): Error {
  return new Passing(`attempt ${retries}`);
}

/** A handler by its task and its call's number, which is the last it is given. */
export function wordsFor(task: string, values: readonly unknown[]): string {
  return `${task} ${numbersIn(values).at(-1) ?? "of nothing"}`;
}

function failuresIn(values: readonly unknown[]): number {
  return numbersIn(values).at(-2) ?? 0;
}

function numbersIn(values: readonly unknown[]): readonly number[] {
  return values.filter((value) => typeof value === "number");
}

/** A note as text, to be compared. */
export function noteText({ note, given }: Omit<Note, "id">): string {
  return `${note}: ${JSON.stringify(given)}`;
}

/** What a call is told beside its arguments, where it is: headers, stamps. */
export function labelsOf({
  headers = {},
  stamps = {},
}: Pick<StepOptions, "headers" | "stamps">): readonly unknown[] {
  const labels = [...textsOf("header", headers), ...textsOf("stamp", stamps)];
  return labels.length > 0 ? [labels.toSorted()] : [];
}

function textsOf(kind: string, labels: JsonObject): readonly string[] {
  return Object.entries(labels).map(([name, value]) => `${kind} ${name}=${JSON.stringify(value)}`);
}

/**
 * A number that tells all it is given, and the order of that.
 *
 * @throws {RangeError} It is given a number below 0.
 */
export function fold(...values: readonly unknown[]): number {
  const failing = values.find((value): value is number => typeof value === "number" && value < 0);
  if (failing !== undefined) throw new RangeError(`boom ${failing}`);
  return 1000 + (hash(JSON.stringify(values)) % 1_000_000);
}

/** Source: FNV-1a, 32 bits. */
function hash(text: string): number {
  const mixed = (before: number, character: string): number =>
    Math.imul(before ^ character.charCodeAt(0), 0x01000193);
  return Array.from(text).reduce(mixed, 0x811c9dc5) >>> 0;
}
