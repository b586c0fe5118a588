import type { AsyncResult } from "@umbel/core";
import { fromResultDocument } from "@umbel/core";
import type { TaskFailed } from "@umbel/runtime";
import fc from "fast-check";
import { expect, test } from "vitest";
import { arbitraryFlow } from "../support/arbitrary-flow.ts";
import { arbitraryInput } from "../support/arbitrary-plan.ts";
import { Distributed } from "../support/distributed.ts";
import { evaluate } from "../support/evaluate.ts";
import { comparable, noteText, plainReport } from "../support/flow-run.ts";
import { stepOf } from "../support/flow-step.ts";
import type { TestService } from "../support/services.ts";
import { describeWith } from "../support/services.ts";

const SEED = Number(process.env["UMBEL_SEED"] ?? 20_261);
const FLOWS = 200;
const IN_FLIGHT = 50;
const LIMIT_MS = 90_000;

const drawn = fc.sample(fc.record({ flow: arbitraryFlow, input: arbitraryInput }), {
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
    "equal the evaluator, with two workers of which one is killed and replaced",
    async () => {
      await using world = await Distributed.open(found);
      const startWorker = () => world.startWorker(8, LIMIT_MS);
      const [first] = [await startWorker(), await startWorker()];
      const sent = await sendAll(world, async () => {
        first.kill("SIGKILL");
        await first.ended;
        await startWorker();
      });
      const notes = await notesOf(world, expectedNotes());
      const wrong = sent.filter((each) => !isAsExpected(each, notes));
      expect(wrong.map((each) => story(each, world, notes)).join("\n\n")).toBe("");
      await untilEmpty(world, found.amqp);
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

async function send({ flow, input }: Drawn, { client }: Distributed): Promise<Sent> {
  const result = stepOf(flow, client.drawn).apply(...input) as AsyncResult<unknown>;
  const ending = await result.get({ timeoutMs: 20_000 }).then(
    (value) => ({ value }),
    (error: TaskFailed) => ({ failed: error.errorMessage ?? error.message }),
  );
  return { drawn: { flow, input }, id: result.id, ending };
}

function isAsExpected({ drawn: { flow, input }, id, ending }: Sent, notes: Notes): boolean {
  const expected = evaluate(flow, input);
  return (
    textOf(ending) === textOf(comparable(expected.ending)) &&
    textOf(notes.get(flowOf(id)) ?? []) === textOf(expected.notes.map(noteText).toSorted())
  );
}

/** What links noted, by the flow that they are of. */
type Notes = ReadonlyMap<string, readonly string[]>;

function expectedNotes(): number {
  return drawn.reduce((sum, { flow, input }) => sum + evaluate(flow, input).notes.length, 0);
}

async function notesOf(world: Distributed, count: number): Promise<Notes> {
  const notes = new Map<string, string[]>();
  for (const [id, text] of await world.untilNoted(count)) {
    const { note, given } = JSON.parse(text) as { readonly note: number; readonly given: unknown };
    const known = typeof given === "string" ? { failed: await failureAt(given, world) } : plainReport(given);
    notes.set(flowOf(id), [...(notes.get(flowOf(id)) ?? []), noteText({ note, given: known })].toSorted());
  }
  return notes;
}

async function failureAt(id: string, { db }: Distributed): Promise<string> {
  const document = await db.collection<{ readonly _id: string }>("celery_taskmeta").findOne({ _id: id });
  const outcome = document === null ? undefined : fromResultDocument(document).record?.outcome;
  return outcome?.state === "FAILURE" ? outcome.failure.message : `${id} has not failed`;
}

/** n.b. ids are the flow's, then a place in it. */
function flowOf(id: string): string {
  return id.split(/[.+]/, 1)[0] ?? id;
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

function story({ drawn: { flow, input }, ending, id }: Sent, { client }: Distributed, notes: Notes): string {
  const expected = evaluate(flow, input);
  return [
    `UMBEL_SEED=${SEED}, flow ${drawn.findIndex((each) => each.flow === flow)}, ${id}:`,
    `${JSON.stringify(flow)} with ${JSON.stringify(input)}`,
    stepOf(flow, client.drawn).draw(),
    `expected ${textOf(comparable(expected.ending))}, noted ${textOf(expected.notes.map(noteText).toSorted())}`,
    `came to  ${textOf(ending)}, noted ${textOf(notes.get(flowOf(id)) ?? [])}`,
  ].join("\n");
}

function textOf(value: unknown): string {
  return JSON.stringify(value);
}
