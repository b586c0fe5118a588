import type { PlacedNode, PlacedTask } from "@umbel/core";
import { describe, expect, test } from "vitest";
import { tasksOf } from "./downstream.ts";

const task = (id: string): PlacedTask => ({
  ...{ kind: "task", id, task: "add", args: [], kwargs: {}, immutable: false, options: {} },
});

describe("downstream are", () => {
  test("all tasks of the steps, those in groups and chains too, in their order", () => {
    const steps: readonly PlacedNode[] = [
      task("a"),
      { kind: "group", id: "G", members: [task("b"), { kind: "chain", steps: [task("c"), task("d")] }] },
      task("e"),
    ];
    expect(tasksOf(steps)).toEqual(["a", "b", "c", "d", "e"].map((id) => ({ id, task: "add" })));
  });

  test("all that is in the store, by their ids", () => {
    expect(tasksOf([task("a"), { kind: "rest", id: "F.1", ends: ["F.1~3", "F"] }])).toEqual([
      { id: "a", task: "add" },
      ...["F.1", "F.2", "F.3", "F"].map((id) => ({ id, task: "unknown" })),
    ]);
  });

  test("as many as there are", () => {
    const tasks = tasksOf([{ kind: "rest", id: "F.0", ends: ["F.0~599999"] }]);
    expect(tasks.length).toBe(600_000);
    expect(tasks.at(-1)).toEqual({ id: "F.599999", task: "unknown" });
  });

  test("none of no steps", () => {
    expect(tasksOf([])).toEqual([]);
    expect(tasksOf([{ kind: "group", id: "G", members: [] }])).toEqual([]);
  });
});
