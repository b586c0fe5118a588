import type { AsyncResult } from "@umbel/core";
import { FlowCancelled, fromResultDocument } from "@umbel/core";
import type { TaskFailed } from "@umbel/runtime";
import fc from "fast-check";
import { expect, test } from "vitest";
import { arbitraryFlow } from "../support/arbitrary-flow.ts";
import { arbitraryInput } from "../support/arbitrary-plan.ts";
import { Distributed } from "../support/distributed.ts";
import type { Way } from "../support/evaluate.ts";
import { waysOf } from "../support/evaluate.ts";
import { comparable } from "../support/flow-run.ts";
import { stepOf } from "../support/flow-step.ts";
import { noteText } from "../support/flow-tasks.ts";
import type { Counts } from "../support/happened.ts";
import { both, countsOf, firstBeyond } from "../support/happened.ts";
import type { TestService } from "../support/services.ts";
import { describeWith } from "../support/services.ts";
import { plainReport } from "../support/witness.ts";

const SEED = Number(process.env["UMBEL_SEED"] ?? 20_261);
const FLOWS = 200;
const IN_FLIGHT = 50;
const LIMIT_MS = 90_000;

/** Questions to the store before a flow is cancelled, one after the other; null for most, which are not. */
const questions = fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.nat(8) });
const drawn = fc.sample(fc.record({ flow: arbitraryFlow, input: arbitraryInput, cancelAfter: questions }), {
  seed: SEED,
  numRuns: FLOWS,
});
type Drawn = (typeof drawn)[number];

/** A flow that was sent, and what it came to. */
interface Sent {
  readonly drawn: Drawn;
  /** Empty for a flow without calls, which is not sent. */
  readonly id: string;
  readonly ending: unknown;
}

describeWith(["amqp", "mongo"], `${FLOWS} drawn flows through RabbitMQ and MongoDB`, (found) => {
  test(
    "equal the evaluator or end when they are cancelled, with two workers of which one is killed and replaced",
    async () => {
      await using world = await Distributed.open(found);
      const startWorker = () => world.startWorker(8, LIMIT_MS);
      const [first] = [await startWorker(), await startWorker()];
      const sent = await sendAll(world, async () => {
        first.kill("SIGKILL");
        await first.ended;
        await startWorker();
      });
      await untilEmpty(world, found.amqp);
      const notes = await notesOf(world, leastNotes(sent));
      const wrong = sent.filter((each) => !isAsExpected(each, notes));
      expect(wrong.map((each) => story(each, world, notes)).join("\n\n")).toBe("");
    },
    LIMIT_MS,
  );
});

/** Sends all flows, so many at a time, and calls this once when half of them have ended. */
async function sendAll(world: Distributed, atHalf: () => Promise<void>): Promise<readonly Sent[]> {
  const waiting = [...drawn];
  const sent: Sent[] = [];
  let half: Promise<void> | undefined;
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      sent.push(await send(next, world));
      if (sent.length >= FLOWS / 2) half ??= atHalf();
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  await half;
  return sent;
}

async function send(flow: Drawn, { client }: Distributed): Promise<Sent> {
  const result = stepOf(flow.flow, client.drawn).apply(...flow.input) as AsyncResult<unknown>;
  const cancelled = flow.cancelAfter === null ? undefined : cancelBehind(flow.cancelAfter, result);
  const ending = await result.get({ timeoutMs: 30_000 }).then(
    (value) => ({ value }),
    (error: TaskFailed | FlowCancelled) =>
      error instanceof FlowCancelled
        ? { cancelled: error.reason }
        : { failed: error.errorMessage ?? error.message },
  );
  await cancelled;
  return { drawn: flow, id: result.id, ending };
}

/** It is somewhere in the flow, or behind it: wherever that is, it has to end. */
async function cancelBehind(times: number, result: AsyncResult<unknown>): Promise<void> {
  await result.published;
  for (let asked = 0; asked < times; asked += 1) await result.state();
  await result.cancel({ reason: REASON });
}

const REASON = "enough";

/** Whether a flow has gone one of its ways, or was cancelled, and then noted nothing that is on none. */
function isAsExpected(sent: Sent, notes: Notes): boolean {
  return waysOf(sent.drawn.flow, sent.drawn.input).some((way) => isAlong(way, sent, notes));
}

function isAlong(
  { ending, must, may }: Way,
  { drawn: { cancelAfter }, id, ...sent }: Sent,
  notes: Notes,
): boolean {
  const noted = notes.get(flowOf(id)) ?? new Map<string, number>();
  const isCancelled = cancelAfter !== null && textOf(sent.ending) === textOf({ cancelled: REASON });
  const isWhole = cancelAfter !== null || firstBeyond(must.notes, noted) === undefined;
  const isEnding = isCancelled || textOf(sent.ending) === textOf(comparable(ending));
  return isEnding && isWhole && firstBeyond(noted, both(must, may).notes) === undefined;
}

/** What links noted, by the flow that they are of. */
type Notes = ReadonlyMap<string, Counts>;

/** How many there are at least of flows that nobody cancels. */
function leastNotes(sent: readonly Sent[]): number {
  const whole = sent.filter(({ drawn: { cancelAfter } }) => cancelAfter === null);
  return whole.reduce(
    (sum, { drawn: { flow, input } }) => sum + Math.min(...waysOf(flow, input).map(notesIn)),
    0,
  );
}

function notesIn({ must }: Way): number {
  return [...must.notes.values()].reduce((sum, count) => sum + count, 0);
}

async function notesOf(world: Distributed, least: number): Promise<Notes> {
  const notes = new Map<string, string[]>();
  for (const [id, text] of await world.untilNoted(least)) {
    const { note, given } = JSON.parse(text) as { readonly note: number; readonly given: unknown };
    const known = typeof given === "string" ? { failed: await failureAt(given, world) } : plainReport(given);
    notes.set(flowOf(id), [...(notes.get(flowOf(id)) ?? []), noteText({ note, given: known })]);
  }
  return new Map([...notes].map(([flow, texts]) => [flow, countsOf(texts)]));
}

async function failureAt(id: string, { db }: Distributed): Promise<string> {
  const document = await db.collection<{ readonly _id: string }>("celery_taskmeta").findOne({ _id: id });
  const outcome = document === null ? undefined : fromResultDocument(document).record?.outcome;
  return outcome?.state === "FAILURE" ? outcome.failure.message : `${id} has not failed`;
}

/** n.b. ids are the flow's, then a place in it. */
function flowOf(id: string): string {
  return id.split(/[.+~]/, 1)[0] ?? id;
}

/** Resolves when no message waits, nor is with a worker; the test's own time is the limit. */
async function untilEmpty(world: Distributed, { ctl }: TestService): Promise<void> {
  const { queue } = world;
  const messages = async (): Promise<number> => {
    if (ctl === undefined) return world.depth();
    const table = await ctl("-q", "list_queues", "name", "messages");
    return Number(
      table
        .split("\n")
        .find((line) => line.startsWith(`${queue}\t`))
        ?.split("\t")[1],
    );
  };
  await expect.poll(messages, { timeout: 20_000 }).toBe(0);
}

function story(
  { drawn: { flow, input, cancelAfter }, ending, id }: Sent,
  { client }: Distributed,
  notes: Notes,
): string {
  const cancelled = cancelAfter === null ? "" : `, cancelled after ${cancelAfter} questions`;
  const ways = waysOf(flow, input).map(
    (way) =>
      `expected ${textOf(comparable(way.ending))}, noted ${textOf([...way.must.notes])}, or also ${textOf([...way.may.notes])}`,
  );
  return [
    `UMBEL_SEED=${SEED}, flow ${drawn.findIndex((each) => each.flow === flow)}, ${id}${cancelled}:`,
    `${JSON.stringify(flow)} with ${JSON.stringify(input)}`,
    stepOf(flow, client.drawn).draw(),
    ...ways,
    `came to  ${textOf(ending)}, noted ${textOf([...(notes.get(flowOf(id)) ?? [])])}`,
  ].join("\n");
}

function textOf(value: unknown): string {
  return JSON.stringify(value);
}
