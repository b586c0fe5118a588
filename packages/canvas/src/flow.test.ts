import type { Failure, Join, Json, Message, Node, Outcome, PlacedNode, TaskNode } from "@umbel/core";
import {
  GATHER_TASK,
  START_TASK,
  decodeMessage,
  encodeMessage,
  engineFailure,
  failed,
  isUndecodable,
  memberIds,
  resultId,
  success,
} from "@umbel/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { advance, complete, endBody, loseJoin, originOf } from "./advance.ts";
import { tasksOf } from "./downstream.ts";
import type { Effect } from "./effect.ts";
import { paginate } from "./pages.ts";
import { place } from "./place.ts";
import { start } from "./start.ts";

const task = (name: string, args: readonly Json[] = [], immutable = false): TaskNode => ({
  kind: "task",
  task: name,
  args,
  kwargs: {},
  immutable,
  options: {},
});
const chain = (...steps: readonly Node[]): Node => ({ kind: "chain", steps });
const group = (...members: readonly Node[]): Node => ({ kind: "group", members });

describe("a flow comes to what its steps say,", () => {
  test("each result in front of what is bound, a group's as a list in header order, whatever arrives when", () => {
    fc.assert(
      fc.property(nodes("a", "b", "c"), fc.array(json()), fc.nat(), (node, input, seed) => {
        expect(run(node, input, { seed }).result).toEqual(evaluate(node, input));
      }),
      { numRuns: 300 },
    );
  });

  test("also where tasks fail: with the first failure, in header order, of the first group that failed", () => {
    fc.assert(
      fc.property(nodes("a", "b", "c", "d", "bad", "bad too"), fc.nat(), (node, seed) => {
        expect(run(node, [], { seed }).result).toEqual(evaluate(node, []));
      }),
      { numRuns: 300 },
    );
  });

  test("also in pages", () => {
    fc.assert(
      fc.property(
        nodes("a", "b", "c", "d", "bad", "bad too"),
        fc.nat({ max: 800 }),
        fc.nat(),
        (node, page, seed) => {
          expect(run(node, [], { seed, pageSizes: { whole: 0, page } }).result).toEqual(evaluate(node, []));
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("in every flow", () => {
  test("each task ends, runs once or is skipped, and each join retires", () => {
    fc.assert(
      fc.property(
        nodes("a", "b", "c", "d", "bad", "bad too"),
        fc.nat(),
        fc.boolean(),
        (node, seed, isPaged) => {
          const { plan, world } = run(node, [], {
            seed,
            pageSizes: { whole: isPaged ? 0 : 1e9, page: 300 },
          });
          const ids = tasksOf([plan]).map(({ id }) => id);
          expect([...world.outcomes.keys()].toSorted()).toEqual(ids.toSorted());
          expect(new Set(world.runs).size).toBe(world.runs.length);
          expect([...world.retired].toSorted()).toEqual([...world.joins.keys()].toSorted());
        },
      ),
    );
  });

  test("the caller hears of each end, and of nothing else", () => {
    fc.assert(
      fc.property(nodes("a", "b", "c", "d", "bad", "bad too"), fc.nat(), (node, seed) => {
        const { plan, world } = run(node, [], { seed });
        expect(endsOf(plan).filter((id) => !world.pushed.has(id))).toEqual([]);
      }),
    );
  });

  test("what has to be done follows from the message and the outcome, and doing it changes neither", () => {
    fc.assert(
      fc.property(nodes("a", "b", "c", "d", "bad", "bad too"), fc.nat(), (node, seed) => {
        run(node, [], {
          seed,
          check: (message, outcome) => expect(advance(message, outcome)).toEqual(advance(message, outcome)),
        });
      }),
      { numRuns: 30 },
    );
  });
});

describe("a flow of a Python client's that a worker of ours goes on with", () => {
  const sig = (name: string, id: string, args: readonly Json[] = []): Json => ({
    task: name,
    args,
    kwargs: {},
    options: { task_id: id },
  });
  const groupSig = (id: string, ...tasks: readonly Json[]): Json => ({
    ...{ task: "celery.group", args: [], options: { task_id: id }, subtask_type: "group" },
    kwargs: { tasks },
  });
  const chordSig = (id: string, header: Json, body: Json): Json => ({
    ...{ task: "celery.chord", args: [], options: { task_id: id }, subtask_type: "chord" },
    kwargs: { kwargs: {}, header, body },
  });
  const chainSig = (id: string, ...tasks: readonly Json[]): Json => ({
    ...{ task: "celery.chain", args: [], options: { task_id: id }, subtask_type: "chain" },
    kwargs: { tasks },
  });

  test.each<[what: string, steps: readonly Json[], id: string, value: Json]>([
    ["a chain", [sig("b", "b", [8]), sig("c", "c")], "c", ["c", ["b", ["t"], 8]]],
    [
      "a chord",
      [chordSig("G", groupSig("G", sig("b", "b"), sig("c", "c")), sig("d", "d"))],
      "d",
      [
        "d",
        [
          ["b", ["t"]],
          ["c", ["t"]],
        ],
      ],
    ],
    [
      "a chord whose body is a group",
      [chordSig("G", groupSig("G", sig("b", "b")), groupSig("H", sig("c", "c"), sig("d", "d")))],
      "d",
      ["d", [["b", ["t"]]]],
    ],
    [
      "a chord whose body is a chord",
      [
        chordSig(
          "G",
          groupSig("G", sig("b", "b")),
          chordSig("H", groupSig("H", sig("c", "c")), sig("d", "d")),
        ),
      ],
      "d",
      ["d", [["c", [["b", ["t"]]]]]],
    ],
    [
      "a chord with a chain that ends in a group",
      [
        chordSig(
          "G",
          groupSig("G", chainSig("H", sig("b", "b"), groupSig("H", sig("c", "c"))), sig("d", "d")),
          sig("e", "e"),
        ),
      ],
      "e",
      ["e", [[["c", ["b", ["t"]]]], ["d", ["t"]]]],
    ],
    ["an empty chord", [chordSig("G", groupSig("G"), sig("b", "b"))], "b", ["b", []]],
  ])("%s", (_, steps, id, value) => {
    const first = decodeMessage({
      headers: { task: "t", id: "t" },
      contentType: "application/json",
      contentEncoding: "utf-8",
      correlationId: undefined,
      replyTo: undefined,
      priority: undefined,
      body: JSON.stringify([[], {}, { chain: steps.toReversed() }]),
    });
    if (isUndecodable(first)) throw new Error(first.undecodable);
    const world = new World(0);
    world.messages.push(first);
    world.runAll();
    expect(world.outcomes.get(id)).toEqual(success(value));
    expect(world.retired).toEqual(new Set(world.joins.keys()));
  });
});

/** What a node comes to: the value, or the name of the task whose failure it is. */
type Result = { readonly value: Json } | { readonly failure: string };

/** The meaning of a flow, without messages, joins or ids. */
function evaluate(node: Node, input: readonly Json[]): Result {
  switch (node.kind) {
    case "task":
      return call(node.task, node.immutable ? node.args : [...input, ...node.args]);
    case "chain":
      return node.steps.reduce<{ result: Result; input: readonly Json[] }>(
        ({ result, input: given }, step) => {
          if ("failure" in result) return { result, input: given };
          const next = evaluate(step, given);
          return { result: next, input: "value" in next ? [next.value] : [] };
        },
        { result: { value: null }, input },
      ).result;
    case "group": {
      const results = node.members.map((member) => evaluate(member, input));
      const failure = results.find((result) => "failure" in result);
      return failure ?? { value: results.map((result) => ("value" in result ? result.value : null)) };
    }
  }
}

/** A task returns its name and its arguments; one whose name begins with `bad` fails. */
function call(name: string, args: readonly Json[]): Result {
  if (name.startsWith("bad")) return { failure: name };
  return { value: name === GATHER_TASK ? (args[0] ?? null) : [name, ...args] };
}

interface RunOptions {
  /** In which order messages are delivered. */
  readonly seed: number;
  readonly pageSizes?: Parameters<typeof paginate>[1];
  readonly check?: (message: Message, outcome: Outcome) => void;
}

function run(
  node: Node,
  input: readonly Json[],
  { seed, pageSizes = { whole: 1e9, page: 1e9 }, check }: RunOptions,
) {
  const plan = place(node, "F");
  const { plan: paged, pages } = paginate(plan, pageSizes);
  const world = new World(seed, check);
  for (const { id, steps } of pages) world.pages.set(id, JSON.stringify(steps));
  world.messages.push(...start(paged, input, { flow: "F", parent: null, replyTo: "umbel.reply.me" }));
  world.runAll();
  return { plan, result: resultIn(plan, world.outcomes), world };
}

/** A broker, stores and a worker that never fail: every effect is performed at once, every message goes over the wire. */
class World {
  readonly messages: Message[] = [];
  readonly outcomes = new Map<string, Outcome>();
  readonly joins = new Map<string, { readonly join: Join; readonly arrived: Set<number> }>();
  readonly pages = new Map<string, string>();
  readonly runs: string[] = [];
  readonly retired = new Set<string>();
  readonly pushed = new Set<string>();
  readonly #check: RunOptions["check"];
  #seed: number;

  constructor(seed: number, check?: RunOptions["check"]) {
    this.#seed = seed;
    this.#check = check;
  }

  runAll(): void {
    for (let steps = 0; this.messages.length > 0; steps += 1) {
      if (steps > 10_000) throw new Error("the flow does not end");
      this.#seed = (this.#seed * 1_103_515_245 + 12_345) % 2 ** 31;
      const [message] = this.messages.splice(this.#seed % this.messages.length, 1);
      if (message !== undefined) this.#deliver(overWire(message));
    }
  }

  #deliver(message: Message): void {
    if (message.task === START_TASK) return this.#perform(message, advance(this.#withPage(message), null));
    this.runs.push(message.id);
    if (message.claim !== null) expect(this.joins.has(message.claim)).toBe(true);
    const result = call(message.task, message.args);
    const outcome = "value" in result ? success(result.value) : failed(failureOf(result.failure, message.id));
    this.#store(message.id, outcome);
    const whole = outcome.state === "SUCCESS" ? this.#withPage(message) : message;
    this.#check?.(whole, outcome);
    this.#perform(message, advance(whole, outcome));
  }

  #withPage(message: Message): Message {
    const [first] = message.next.steps;
    if (first?.kind !== "rest") return message;
    return {
      ...message,
      next: { ...message.next, steps: JSON.parse(this.pages.get(first.id) ?? "") as PlacedNode[] },
    };
  }

  #store(id: string, outcome: Outcome): void {
    if (this.outcomes.has(id)) throw new Error(`${id} ended twice`);
    this.outcomes.set(id, outcome);
  }

  #perform(message: Message, effects: readonly Effect[]): void {
    for (const effect of effects) this.#performOne(message, effect);
  }

  #performOne(message: Message, effect: Effect): void {
    switch (effect.kind) {
      case "store":
        return effect.ended.forEach(({ id, outcome }) => this.#store(id, outcome));
      case "register":
        return effect.joins.forEach((join) => this.joins.set(join.id, { join, arrived: new Set() }));
      case "publish":
        return void this.messages.push(...effect.messages);
      case "fail": {
        const outcome = failed(effect.failure);
        this.#store(resultId(effect.join.next.steps[0]!), outcome);
        return this.#perform(message, endBody(effect.join, outcome));
      }
      case "retire":
        return void this.retired.add(effect.join);
      case "push":
        return effect.ended.forEach(({ id, outcome }) => {
          expect(this.outcomes.get(id)).toEqual(outcome);
          this.pushed.add(id);
        });
      case "cancel":
      case "end":
      case "lose":
      case "link":
      case "count":
      case "undo":
        throw new Error(`in these flows nothing is cancelled, replaced or undone: ${effect.kind}`);
      case "arrive": {
        const found = this.joins.get(effect.arrival.join);
        if (found === undefined) return this.#perform(message, loseJoin(effect.arrival, originOf(message)));
        const { join, arrived } = found;
        expect(arrived.has(effect.arrival.index)).toBe(false);
        arrived.add(effect.arrival.index);
        if (arrived.size < join.size) return;
        return this.#perform(
          message,
          complete(
            join,
            memberIds(join).map((id) => this.outcomes.get(id)),
          ),
        );
      }
    }
  }
}

function overWire(message: Message): Message {
  const read = decodeMessage(encodeMessage({ ...message, nonce: "n" }));
  if (isUndecodable(read)) throw new Error(read.undecodable);
  return read;
}

function failureOf(name: string, id: string): Failure {
  return engineFailure("EXPIRED", name, name, id);
}

function resultIn(node: PlacedNode, outcomes: ReadonlyMap<string, Outcome>): Result {
  switch (node.kind) {
    case "task": {
      const outcome = outcomes.get(node.id);
      if (outcome === undefined) throw new Error(`${node.id} has no outcome`);
      return outcome.state === "SUCCESS" ? { value: outcome.value } : { failure: outcome.failure.task };
    }
    case "chain":
      return resultIn(node.steps.at(-1) as PlacedNode, outcomes);
    case "group": {
      const results = node.members.map((member) => resultIn(member, outcomes));
      const failure = results.find((result) => "failure" in result);
      return failure ?? { value: results.map((result) => ("value" in result ? result.value : null)) };
    }
    case "rest":
      throw new Error("a plan is whole");
  }
}

/** The tasks that a caller may wait for: the last of the flow. */
function endsOf(node: PlacedNode): readonly string[] {
  if (node.kind === "chain") return endsOf(node.steps.at(-1) as PlacedNode);
  return node.kind === "group" ? node.members.flatMap(endsOf) : [node.id];
}

/** Flows of tasks with these names. */
function nodes(...names: readonly string[]): fc.Arbitrary<Node> {
  const { node } = fc.letrec<{ node: Node }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      fc
        .tuple(fc.constantFrom(...names), fc.array(json(), { maxLength: 2 }), fc.boolean())
        .map(([name, args, immutable]) => task(name, args, immutable)),
      fc.array(tie("node"), { minLength: 1, maxLength: 4 }).map((steps) => chain(...steps)),
      fc.array(tie("node"), { minLength: 1, maxLength: 3 }).map((members) => group(...members)),
      tie("node").map((body) => chain(group(), body)), // n.b. an empty group has no app: only a chord may be empty
    ),
  }));
  return node;
}

function json(): fc.Arbitrary<Json> {
  return fc.constantFrom<Json>(1, "x", null, [], [1, [2]], { a: 1 });
}
