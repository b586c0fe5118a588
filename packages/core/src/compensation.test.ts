import { describe, expect, test } from "vitest";
import { compensationId, firstCompensated, isCompensated, undoId, withCompensation } from "./compensation.ts";
import { scopesOf } from "./cancel.ts";
import { flowToSignature } from "./celery/write-flow.ts";
import { InvalidFlow } from "./errors.ts";
import { isOfFlow } from "./ids.ts";
import type { Node, TaskNode } from "./node.ts";
import { stamped } from "./options.ts";

function call(task: string, said: Partial<TaskNode> = {}): TaskNode {
  return { kind: "task", task, args: [], kwargs: {}, immutable: false, options: {}, ...said };
}

describe("a call with an undo", () => {
  test("has the last one that was said", () => {
    const node = withCompensation(withCompensation(call("book"), call("drop")), call("cancel"));
    expect(node.compensate?.task).toBe("cancel");
  });

  test("is one call, and so is its undo", () => {
    const chain: Node = { kind: "chain", steps: [call("a"), call("b")] };
    expect(() => withCompensation(chain, call("undo"))).toThrow(InvalidFlow);
    expect(() => withCompensation(call("a"), chain)).toThrow(
      /the undo of a has to be one call, and is a chain/,
    );
    expect(() => withCompensation(call("celery.map"), call("undo"))).toThrow(/this is a map/);
  });

  test("has an undo that has none itself", () => {
    const undo = withCompensation(call("undo"), call("redo"));
    expect(() => withCompensation(call("a"), undo)).toThrow(/cannot have an undo itself/);
  });

  test("is stamped with its undo", () => {
    const node = stamped(withCompensation(call("a"), call("undo")), { tenant: 1 }) as TaskNode;
    expect(node.compensate?.options.stamps).toEqual({ tenant: 1 });
  });

  test("has no form among Celery's signatures, and says so", () => {
    expect(() => flowToSignature(withCompensation(call("a"), call("undo")))).toThrow(/a has an undo/);
  });

  test("is found wherever it is in a flow", () => {
    const book = withCompensation(call("book"), call("cancel"));
    const each: Node = { kind: "group", members: [], each: { step: book } };
    expect(firstCompensated({ kind: "chain", steps: [call("a"), each] })).toBe(book);
    expect(firstCompensated({ kind: "group", members: [call("a")] })).toBeUndefined();
  });
});

test("ids of a compensation are its flow's, and no cancel's", () => {
  expect([compensationId("F"), undoId("F.1")]).toEqual(["F!c", "F.1!u"]);
  expect([isOfFlow("F!c", "F"), isOfFlow("F.1!u", "F")]).toEqual([true, true]);
  expect(scopesOf("F.1!u")).toEqual([]);
});

test("a flow is compensated when its end is counted", () => {
  const { kind, task, args, kwargs, immutable, options } = call("a");
  const placed = { kind, task, args, kwargs, immutable, options };
  const end = { ...placed, id: "F", compensation: "end" as const };
  expect(isCompensated({ kind: "chain", steps: [{ ...placed, id: "F.0" }, end] })).toBe(true);
  expect(isCompensated({ ...placed, id: "F" })).toBe(false);
  expect(
    isCompensated({ kind: "chain", steps: [{ kind: "rest", id: "F.0", ends: [], isCounted: true }] }),
  ).toBe(true);
});
