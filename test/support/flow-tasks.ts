import type { JsonObject, Settled, StepOptions, Task } from "@umbel/core";
import type { TaskContext, Umbel } from "@umbel/runtime";

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
  /** Gives what it gets. */
  readonly items: Task<[numbers: readonly number[]], readonly number[]>;
  /** The value of each that succeeded, and what each other failed of. */
  readonly plain: Task<[ended: readonly Settled<unknown>[]], readonly unknown[]>;
  /** Notes what it is given, and returns the note's number. */
  readonly note: Task<[given: unknown, note: number], number>;
}

/** Whoever watches drawn flows run. */
export interface FlowWatcher {
  readonly began: (context: TaskContext) => void;
  readonly noted: (note: Note) => void;
}

/** Defines the tasks of drawn flows on an app. */
export function flowTasks(app: Umbel, { began, noted }: FlowWatcher): FlowTasks {
  return {
    fold: app.task("fold", { bind: true }, (context, ...values: unknown[]) => {
      began(context);
      return fold(...values, ...labelsOf(context));
    }),
    items: app.task("items", { bind: true }, (context, numbers: readonly number[]) => {
      began(context);
      return numbers;
    }),
    plain: app.task("plain", { bind: true }, (context, ended: readonly Settled<unknown>[]) => {
      began(context);
      return ended.map((each) => (each.status === "fulfilled" ? each.value : each.reason.message));
    }),
    note: app.task("note", { bind: true }, (context, given: unknown, note: number) => {
      began(context);
      noted({ id: context.id, note, given });
      return note;
    }),
  };
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
