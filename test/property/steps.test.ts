import { chain, chord, each, group } from "@umbel/canvas";
import type { AnyStep } from "@umbel/core";
import { Umbel } from "@umbel/runtime";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { arbitraryFlows } from "../support/arbitrary-flow.ts";
import { beginsWithNothing } from "../support/drawn-flow.ts";
import { stepOf } from "../support/flow-step.ts";
import { flowTasks } from "../support/flow-tasks.ts";
import { frozen } from "../support/frozen.ts";
import { LAW_TIMEOUT_MS, law } from "../support/law.ts";

const app = new Umbel("steps");
const tasks = flowTasks(app, { began: () => {}, noted: () => {}, tossed: () => false });

afterAll(() => app.close());

/** Three steps of any kind. */
const three = arbitraryFlows.map((flows): readonly [AnyStep, AnyStep, AnyStep] => {
  const [a = chain(), b = chain(), c = chain()] = flows.map((flow) => stepOf(flow, tasks));
  return [a, b, c];
});

/** n.b. Values, and which app they belong to. */
function expectSame(one: AnyStep, other: AnyStep): void {
  expect(one.node).toStrictEqual(other.node);
  expect(one.sender).toBe(other.sender);
}

describe("of all steps,", () => {
  test(
    ".pipe is associative, and chain is .pipe",
    () =>
      law(three, ([a, b, c]) => {
        expectSame(a.pipe(b).pipe(c), a.pipe(b.pipe(c)));
        expectSame(chain(a, b, c), a.pipe(b).pipe(c));
      }),
    LAW_TIMEOUT_MS,
  );

  test(
    "the empty chain is .pipe's identity, and a chain of one is that one",
    () =>
      law(three, ([a]) => {
        expectSame(chain().pipe(a), a);
        expectSame(a.pipe(chain()), a);
        expectSame(chain(a), a);
      }),
    LAW_TIMEOUT_MS,
  );

  test(
    "a chord is a group and its body",
    () => law(three, ([a, b, body]) => expectSame(chord([a, b], body), group([a, b]).pipe(body))),
    LAW_TIMEOUT_MS,
  );
});

/** What makes a step of a step, and perhaps another one. */
const OPERATIONS: readonly (readonly [
  name: string,
  operation: (step: AnyStep, other: AnyStep) => AnyStep,
])[] = [
  ["pipe", (step, other) => step.pipe(other)],
  ["chain", (step, other) => chain(step, other)],
  ["group", (step, other) => group([step, other])],
  ["group of a record", (step, other) => group({ step, other })],
  ["chord", (step, other) => chord([step], other)],
  ["set", (step) => step.set({ priority: 9, countdownMs: 1, headers: { x: 0 }, queue: "q" })],
  ["stamp", (step) => step.stamp({ x: 0, z: [1] })],
  ["clone", (step) => step.clone(1, { two: 2 })],
  ["kwargs", (step) => step.kwargs({ x: 0, z: [1] })],
  ["link", (step, other) => step.link(other)],
  ["linkError", (step, other) => step.linkError(other)],
  ["onFailure", (step, other) => step.onFailure(other)],
  ["each", (step) => each(step)],
];

describe("nothing is changed by", () => {
  test.each(OPERATIONS)(
    "%s",
    (_, operation) =>
      law(arbitraryFlows, ([first = { chain: [] }, second = { chain: [] }]) => {
        fc.pre(!beginsWithNothing(first));
        const [step, other] = [stepOf(first, tasks), stepOf(second, tasks)];
        const before = JSON.stringify([step.node, other.node]);
        const made = operation(step, other);
        expect(JSON.stringify([step.node, other.node])).toBe(before);
        expectSame(operation(frozen(stepOf(first, tasks)), frozen(stepOf(second, tasks))), made);
      }),
    LAW_TIMEOUT_MS,
  );
});
