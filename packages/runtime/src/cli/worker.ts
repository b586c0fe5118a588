import { InvalidArgumentError } from "commander";
import type { Command } from "commander";
import type { Umbel } from "../umbel.ts";
import type { Worker, WorkerOptions } from "../worker.ts";
import { importApp } from "./app-module.ts";
import { CommandError } from "./command-error.ts";
import { seconds, writeEvents } from "./event-line.ts";
import { Interruption } from "./interruption.ts";
import { LEVELS, Log } from "./log.ts";
import type { Level } from "./log.ts";
import { startWorker } from "./start.ts";

interface Options {
  readonly app: string;
  readonly queues?: readonly string[];
  readonly concurrency: number;
  readonly loglevel: Level;
  readonly name?: string;
  readonly prefetch?: number;
  /** A name, or whether there are any. */
  readonly deadLetters?: string | boolean;
  readonly fusion: boolean;
  /** In milliseconds. */
  readonly stopTimeout?: number;
}

/** Adds `umbel worker` to the program. */
export function addWorkerCommand(program: Command): void {
  program
    .command("worker")
    .description("Runs the tasks of an app, from the messages of its queues, until it is told to stop.")
    .requiredOption("-A, --app <module>", "the module that exports the app: a path, such as ./dist/tasks.js")
    .option("-Q, --queues <a,b>", "queues to consume from (default: the app's own)", readNames)
    .option("-c, --concurrency <n>", "handlers that run at once", readWhole(1_000_000), 8)
    .option("-l, --loglevel <level>", `the least that is logged: ${LEVELS.join(", ")}`, readLevel, "info")
    .option("-n, --name <name>", "what it is called in results and logs (default: <host>-<pid>)")
    .option(
      "--prefetch <n>",
      "messages held at once (default: 4 × concurrency, at least 32)",
      readWhole(65_535),
    )
    .option(
      "--dead-letters <name>",
      "exchange and queue of what the broker gives up (default: umbel.dead-letter)",
    )
    .option("--no-dead-letters", "leave what the broker gives up alone")
    .option("--no-fusion", "publish each step of a chain, also where it could run here at once")
    .option(
      "--stop-timeout <seconds>",
      "how long a stop waits for what runs (default: as long as it takes)",
      readSeconds,
    )
    .addHelpText("after", HELP)
    .action(work);
}

const HELP = `
SIGINT or SIGTERM stops it: what runs is finished, the rest goes back into its queue. A second one, half a second later
or more, ends it at once.
Exit codes: 0 stopped, 1 an error or a second signal, 2 a mistake in the command line.`;

/** Runs a worker until it is told to stop. */
async function work(options: Options): Promise<void> {
  const app = await importApp(options.app, process.cwd());
  refuseMemory(app);
  const log = new Log(options.loglevel);
  writeEvents(log);
  const interruption = new Interruption(() => giveUp(log));
  try {
    const worker = await startWorker(app, workerOptions(options), log, interruption.signal);
    if (worker === null) return;
    await interruption.first();
    await stop(worker, options.stopTimeout);
  } finally {
    await app.close();
    interruption.end();
  }
}

function refuseMemory({ name, brokerKind }: Umbel): void {
  if (brokerKind !== "memory") return;
  throw new CommandError(
    `the app "${name}" has no broker, so its tasks run in the process that sends them and no worker can take them; ` +
      "set UMBEL_BROKER to amqp://… and UMBEL_BACKEND to mongodb://… (or what the app reads them from)",
  );
}

function workerOptions({ queues, concurrency, name, prefetch, deadLetters, fusion }: Options): WorkerOptions {
  return {
    concurrency,
    fusion,
    ...(queues && { queues }),
    ...(name !== undefined && { name }),
    ...(prefetch !== undefined && { prefetch }),
    ...(deadLetters !== undefined && { deadLetters }),
  };
}

/** @throws {CommandError} The time was up before all that ran had ended. */
async function stop(worker: Worker, timeoutMs: number | undefined): Promise<void> {
  await worker.stop(timeoutMs === undefined ? {} : { timeoutMs });
  if (worker.inHand === 0 || timeoutMs === undefined) return;
  const left = worker.inHand === 1 ? "1 task" : `${worker.inHand} tasks`;
  throw new CommandError(`${left} did not end within ${seconds(timeoutMs)}, and will be delivered again`);
}

function giveUp(log: Log): never {
  log.write("warning", "second signal: ended at once; what ran is delivered again");
  process.exit(1);
}

function readNames(text: string): readonly string[] {
  const names = text.split(",").map((name) => name.trim());
  if (names.every((name) => name !== "")) return names;
  throw new InvalidArgumentError("Expected names with commas between them, such as celery,mail.");
}

function readWhole(most: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : 0;
    if (value >= 1 && value <= most) return value;
    throw new InvalidArgumentError(`Expected a whole number from 1 to ${most}.`);
  };
}

function readLevel(text: string): Level {
  const level = LEVELS.find((each) => each === text.toLowerCase());
  if (level !== undefined) return level;
  throw new InvalidArgumentError(`Expected one of ${LEVELS.join(", ")}.`);
}

function readSeconds(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  throw new InvalidArgumentError("Expected seconds, such as 30.");
}
