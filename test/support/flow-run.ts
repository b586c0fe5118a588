import type { AnyStep, AsyncResult, Message, StepOptions, TaskFailed } from "@umbel/core";
import type { Fault, Turn } from "@umbel/runtime/testing";
import { expect } from "vitest";
import type { Flow } from "./arbitrary-flow.ts";
import type { Ending, Evaluated } from "./evaluate.ts";
import { evaluate, valueOf } from "./evaluate.ts";
import type { Note } from "./flow-tasks.ts";
import { stepOf } from "./flow-step.ts";
import { frozen } from "./frozen.ts";
import { Simulation } from "./simulation.ts";
import { overWire } from "./wire.ts";

/** What a flow is given, who goes first, and what goes wrong: the faults, in order. */
export interface Plan {
  readonly input: readonly number[];
  readonly seed: number;
  readonly faults: readonly PlannedFault[];
  /** Characters of a page of the plan; null for a plan that travels whole. */
  readonly page: number | null;
  /** Whether messages are written and read back on their way. */
  readonly isWritten: boolean;
}

/** What goes wrong, so many turns of the client and of workers after the fault before it. */
export interface PlannedFault {
  readonly after: number;
  readonly kind: Fault;
}

/** A flow that has run in a simulation, with everything that was left to do after it. */
export interface FlowRun {
  readonly world: Simulation;
  readonly result: AsyncResult<unknown>;
  readonly expected: Evaluated;
}

export interface RunOptions {
  /** Whether every task's first message is delivered twice. */
  readonly isDoubled?: boolean;
  /** Looks further, while the world is still there. */
  readonly check?: (run: FlowRun) => Promise<void> | void;
}

/**
 * Runs a flow on three workers, and checks that it comes to what the evaluator says, that its links begin exactly when
 * they must, that every call was sent with its options, and that nothing is left over.
 *
 * @throws {Error} It does not; with the drawn flow, and all turns taken.
 */
export async function runFlow(
  flow: Flow,
  plan: Plan,
  { isDoubled = false, check }: RunOptions = {},
): Promise<void> {
  const world = simulate(plan);
  const expected = evaluate(flow, plan.input);
  const step = frozen(stepOf(flow, world.tasks));
  const sent = recordSent(world, plan);
  const told = recordTold(world);
  if (isDoubled) double(world);
  try {
    const result = await run(step, plan.input, world, expected);
    checkOptions(sent, expected);
    expect(told.filter((id) => id.includes("+"))).toEqual([]); // nobody hears of a link's end
    await check?.({ world, result, expected });
  } catch (error) {
    throw new Error(story(step, world, error), { cause: error });
  }
}

/** A world in which the plan comes true. */
export function simulate({ seed, faults, page }: Plan): Simulation {
  const pageSizes = page === null ? undefined : { whole: 0, page };
  return new Simulation({ seed, fault: inOrder(faults), pageSizes });
}

function inOrder(faults: readonly PlannedFault[]): (turn: Turn) => Fault | undefined {
  const left = [...faults];
  let turns = 0;
  return (turn) => {
    const [next] = left;
    if (turn.actor === "server" || next === undefined) return undefined;
    turns += 1;
    if (turns <= next.after || !canStrike(next.kind, turn)) return undefined;
    turns = 0;
    return left.shift()?.kind;
  };
}

/** n.b. When a client dies nobody waits; and when the store has not answered it, it tells its caller, who decides. */
function canStrike(kind: Fault, { actor, phase, label }: Turn): boolean {
  if (kind === "lose") return phase === "after" && (actor !== "client" || label.startsWith("publish "));
  return kind === "cut" || actor !== "client";
}

async function run(step: AnyStep, input: readonly number[], world: Simulation, expected: Evaluated) {
  await world.startWorkers(3);
  const result = step.apply(...input) as AsyncResult<unknown>;
  expect(await endingOf(result, world)).toEqual(comparable(expected.ending));
  await world.rest();
  const notes = await notesOf(world);
  expect(notes.map(noteText).toSorted()).toEqual(expected.notes.map(noteText).toSorted());
  expect(world.server.depth("celery")).toBe(0);
  return result;
}

/** How a result ends, as the evaluator says it. */
export async function endingOf(result: AsyncResult<unknown>, world: Simulation): Promise<unknown> {
  const outcome = await world.outcome(result);
  if (!(outcome instanceof Error)) return { value: outcome };
  const { errorMessage } = outcome as TaskFailed;
  if (errorMessage === undefined) throw outcome;
  return { failed: errorMessage };
}

/** What {@link endingOf} must be. */
export function comparable(ending: Ending): unknown {
  return "failed" in ending ? { failed: ending.failed } : { value: valueOf(ending) };
}

/** What links noted: an error link's id as the failure that is stored under it. */
async function notesOf(world: Simulation): Promise<readonly Omit<Note, "id">[]> {
  const byId = new Map<string, Note>();
  for (const note of world.notes) {
    expect(byId.get(note.id) ?? note).toEqual(note); // a task that runs again notes the same
    byId.set(note.id, note);
  }
  return Promise.all(
    [...byId.values()].map(async ({ note, given }) => ({
      note,
      given: typeof given === "string" ? { failed: await failureAt(given, world) } : plainReport(given),
    })),
  );
}

/** What a handler of failures is given, in the evaluator's words. */
export function plainReport(given: unknown): unknown {
  if (typeof given !== "object" || given === null || !("message" in given && "errors" in given)) return given;
  return { failed: given.message };
}

async function failureAt(id: string, world: Simulation): Promise<string> {
  const outcome = (await world.stored(id))?.outcome;
  return outcome?.state === "FAILURE" ? outcome.failure.message : `${id} has not failed`;
}

/** A note as text, to be sorted and compared. */
export function noteText({ note, given }: Omit<Note, "id">): string {
  return `${note}: ${JSON.stringify(given)}`;
}

/** Every message of a call, by the call's number. */
function recordSent(
  { server }: Simulation,
  { isWritten }: Plan,
): readonly { readonly number: number; readonly options: StepOptions }[] {
  const sent: { readonly number: number; readonly options: StepOptions }[] = [];
  const enqueue = server.enqueue.bind(server);
  server.enqueue = (message) => {
    const number = numberOf(message);
    const { queue: _, ...options } = message.options;
    if (number !== undefined) sent.push({ number, options });
    enqueue(isWritten ? overWire(message) : message);
  };
  return sent;
}

/** The ids of what the caller hears of. */
function recordTold({ server }: Simulation): readonly string[] {
  const told: string[] = [];
  const reply = server.reply.bind(server);
  server.reply = (address, records) => {
    told.push(...records.map(({ id }) => id));
    reply(address, records);
  };
  return told;
}

function numberOf({ task, args, kwargs }: Message): number | undefined {
  if (task === "fold") return args.at(-1) as number;
  const items = kwargs["it"];
  return Array.isArray(items) ? (items.flat().at(0) as number | undefined) : undefined;
}

function checkOptions(sent: ReturnType<typeof recordSent>, { options }: Evaluated): void {
  expect(new Set(sent.map(({ number }) => number))).toEqual(new Set(options.keys()));
  for (const { number, options: actual } of sent)
    expect({ number, ...actual }).toEqual({ number, ...options.get(number) });
}

/** n.b. once a task: a copy performs all its effects again, and copies of copies would grow with each step. */
function double({ server }: Simulation): void {
  const doubled = new Set<string>();
  const enqueue = server.enqueue.bind(server);
  server.enqueue = (message) => {
    enqueue(message);
    if (!doubled.has(message.id)) server.putBack("celery", message);
    doubled.add(message.id);
  };
}

function story(step: AnyStep, world: Simulation, error: unknown): string {
  return [String(error), step.draw(), `Turns taken:\n${world.history.join("\n")}`].join("\n\n");
}
