import type { Worker, WorkerOptions } from "@umbel/runtime";
import { Umbel } from "@umbel/runtime";

/** What every program of a contestant is told where things are by. */
export interface Places {
  readonly broker: string;
  readonly backend: string;
  /** The queue of all rows; and that of every second step of hops. */
  readonly queues: readonly [string, string];
  /** How many calls of a task travel in one message. */
  readonly bundle: number;
  /** The command line's own file, for `node`. */
  readonly umbel: string;
}

/** From the environment. */
export function placesFrom(environment: NodeJS.ProcessEnv): Places {
  const of = (name: string): string => environment[name] ?? "";
  return {
    broker: of("BENCH_BROKER"),
    backend: of("BENCH_BACKEND"),
    queues: [of("BENCH_QUEUE"), of("BENCH_OTHER_QUEUE")],
    bundle: Number(of("BENCH_BUNDLE") || 1),
    umbel: of("BENCH_UMBEL"),
  };
}

/** An app that knows the worker which `umbel worker` has made of it. */
export class BenchApp extends Umbel {
  current: Worker | null = null;

  override async worker(options?: WorkerOptions): Promise<Worker> {
    this.current = await super.worker(options);
    return this.current;
  }
}

/**
 * The tasks of all rows.
 *
 * @param bundle - How many calls of those of which there are many travel in one message; default each alone.
 * @param onNoop - What `noop` does besides.
 */
export function tasksOf(app: Umbel, bundle = 1, onNoop: (x: number) => void = () => {}) {
  return {
    noop: app.task("noop", { ignoreResult: true, bundle }, (x: number) => (onNoop(x), x)),
    add: app.task("add", { bundle }, (x: number, y: number) => x + y),
    inc: app.task("inc", (x: number) => x + 1),
    sum: app.task("sum", (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0)),
    echo: app.task("echo", (text: string) => text),
  };
}

export type BenchTasks = ReturnType<typeof tasksOf>;
