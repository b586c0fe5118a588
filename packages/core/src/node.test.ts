import { expect, test } from "vitest";
import type { PlacedNode, PlacedTask } from "./node.ts";
import { resultId } from "./node.ts";

const taskOf = (id: string): PlacedTask => ({
  kind: "task",
  id,
  task: "add",
  args: [],
  kwargs: {},
  immutable: false,
  options: {},
});

test("the result of a task is under its id, a group's under the group's, a chain's under its last step's", () => {
  const group: PlacedNode = { kind: "group", id: "G", members: [taskOf("G.0")] };
  expect(resultId(taskOf("T"))).toBe("T");
  expect(resultId(group)).toBe("G");
  expect(resultId({ kind: "chain", steps: [group, taskOf("T")] })).toBe("T");
  expect(
    resultId({ kind: "chain", steps: [taskOf("T"), { kind: "chain", steps: [taskOf("U"), group] }] }),
  ).toBe("G");
});

test("the result of a chain whose last steps are in the store is under the last of them", () => {
  const rest: PlacedNode = { kind: "rest", id: "F.0.1", ends: ["F.0.1~98", "F.0"] };
  expect(resultId({ kind: "chain", steps: [taskOf("F.0.0"), rest] })).toBe("F.0");
  expect(resultId({ kind: "chain", steps: [taskOf("F.0.0"), { ...rest, ends: ["F.0.1~98"] }] })).toBe(
    "F.0.98",
  );
});
