import type {
  Failure,
  Json,
  Message,
  OutcomeRecord,
  PlacedNode,
  PlacedTask,
  UnfinishedRecord,
} from "@umbel/core";
import { engineFailure, failed, success } from "@umbel/core";
import fc from "fast-check";
import { messageOf } from "./messages.ts";

/** A record of a task that succeeded, with what a test says of it. */
export function recordOf(id: string, said: Partial<OutcomeRecord> = {}): OutcomeRecord {
  return {
    id,
    outcome: success(id),
    by: null,
    task: "add",
    args: [1, 2],
    kwargs: {},
    flow: id,
    parent: null,
    queue: "celery",
    worker: "umbel@host",
    retries: 0,
    turn: 0,
    startedAtMs: 1_699_999_999_000,
    doneAtMs: 1_700_000_000_000,
    expiresAtMs: null,
    ...said,
  };
}

/** A record of a turn that ended in a retry. */
export function retryOf(id: string, turn: number, said: Partial<Message> = {}): UnfinishedRecord {
  const { doneAtMs: _doneAt, ...record } = recordOf(id, { turn, retries: turn });
  const message = messageOf(id, "celery", {
    turn: turn + 1,
    retries: turn + 1,
    nonce: null,
    etaMs: 5,
    ...said,
  });
  const failure = engineFailure("EXPIRED", `turn ${turn}`, "add", id);
  return { ...record, outcome: { state: "RETRY", failure, next: message } };
}

/** What a task added to its group: a call, a chain, and a group, with arguments of every sort. */
export function additionsOf(id: string): readonly PlacedNode[] {
  const call = (of: string, said: Partial<PlacedTask> = {}): PlacedTask => ({
    ...{ kind: "task", id: of, task: "add", args: [1, { "$a.b": [null, "€"] }], kwargs: { "": 1.5 } },
    ...{ immutable: false, options: { queue: "celery", priority: 3 } },
    ...said,
  });
  return [
    call(`${id}+.0`, { callbacks: [call(`${id}+.0+link.0`)] }),
    { kind: "chain", steps: [call(`${id}+.1.0`), call(`${id}+.1`, { args: [], immutable: true })] },
    {
      kind: "chain",
      steps: [
        { kind: "group", id: `${id}+.2.0`, members: [call(`${id}+.2.0.0`)], policy: "settled" },
        call(`${id}+.2`),
      ],
    },
  ];
}

/** A record of a turn in which other steps took the task's place. */
export function replacedOf(id: string, turn: number, said: Partial<Message> = {}): UnfinishedRecord {
  const { doneAtMs: _doneAt, ...record } = recordOf(id, { turn });
  const next = messageOf(id, "celery", { turn: turn + 1, nonce: null, ...said });
  return { ...record, outcome: { state: "REPLACED", next } };
}

/** Records of every sort, as the engine makes them, all under one id. */
export function anyRecord(): fc.Arbitrary<OutcomeRecord> {
  return fc.record({
    id: fc.constant("id"),
    outcome: fc.oneof(
      json().map((value) => success(value)),
      fc.tuple(json(), fc.nat({ max: 3 })).map(([value, n]) => success(value, additionsOf("id").slice(0, n))),
      failures().map(failed),
    ),
    by: orNull(fc.uuid()),
    task: orNull(fc.string()),
    args: orNull(fc.array(json(), { maxLength: 4 })),
    kwargs: orNull(fc.dictionary(keys(), json(), { maxKeys: 4, noNullPrototype: true })),
    flow: orNull(fc.uuid()),
    parent: orNull(fc.uuid()),
    queue: orNull(fc.string()),
    worker: orNull(fc.string()),
    retries: fc.nat({ max: 1_000 }),
    turn: fc.nat({ max: 5 }),
    startedAtMs: orNull(fc.integer({ min: 0, max: 4_000_000_000_000 })),
    doneAtMs: fc.integer({ min: 0, max: 4_000_000_000_000 }),
    expiresAtMs: orNull(fc.integer({ min: 5_000_000_000_000, max: 6_000_000_000_000 })),
  });
}

/** JSON values, with keys that every store keeps as they are. */
export function json(): fc.Arbitrary<Json> {
  const { value } = fc.letrec<{ value: Json }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(null, true, false, "", 0, -1, 2 ** 31, 2 ** 53 - 1, 1.5, 1e300),
      texts(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(keys(), tie("value"), { maxKeys: 4, noNullPrototype: true }),
    ),
  }));
  return value;
}

function failures(): fc.Arbitrary<Failure> {
  const failure = (
    errors: fc.Arbitrary<Failure[]>,
    stack: fc.Arbitrary<string | null>,
  ): fc.Arbitrary<Failure> =>
    fc.record({
      name: fc.constantFrom("Error", "TypeError", "UmbelError", "a name"),
      message: fc.string(),
      stack,
      task: fc.string(),
      id: fc.uuid(),
      code: orNull(fc.string()),
      errors,
    });
  const members = fc.array(failure(fc.constant([]), fc.constant(null)), { maxLength: 3 });
  return failure(members, orNull(fc.string({ minLength: 1 })));
}

function keys(): fc.Arbitrary<string> {
  return texts().filter((key) => !/^\$|\0|^_bsontype$|^__proto__$/.test(key));
}

/** Texts with characters of all widths, and those that some format or other gives a meaning. */
function texts(): fc.Arbitrary<string> {
  const units = Array.from('aZ09 "\\/.$_\n\0\u007füß€\u2028\ud7ff\ue000\uffff😀');
  return fc.string({ unit: fc.constantFrom(...units), maxLength: 8 });
}

function orNull<Value>(values: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> {
  return fc.option(values, { nil: null });
}
