import type { Join, Message, Outcome, PlacedNode } from "@umbel/core";
import { engineFailure, failed, success } from "@umbel/core";
import { describe, expect, test } from "vitest";
import {
  addedTo,
  additionsTo,
  beginAdditions,
  completeAdditions,
  endAdditions,
  placeAddition,
  scopesOfAdditions,
} from "./additions.ts";

const SLOT = { join: "F.0", index: 1, size: 2, ends: ["F"], outer: null };
const ORIGIN = { flow: "F", parent: "F.0.1", replyTo: "me" };
const FAILED = failed(engineFailure("EXPIRED", "late", "add", "F.0.1+.0"));

function call(task: string): PlacedNode {
  return { kind: "task", id: "", task, args: [], kwargs: {}, immutable: false, options: {} };
}

function placed(index: number, member = "F.0.1"): PlacedNode {
  return placeAddition(call("add") as never, member, index, "celery");
}

test("what is added has its ids from the member and its place, and ends in a task", () => {
  expect(placed(2)).toMatchObject({ kind: "task", id: "F.0.1+.2" });
  const group = placeAddition(
    { kind: "group", members: [call("add") as never, call("mul") as never] },
    "F.0.1",
    0,
    "math",
  );
  expect(group).toMatchObject({
    kind: "chain",
    steps: [
      { kind: "group", members: [{ id: "F.0.1+.0.0.0" }, { id: "F.0.1+.0.0.1" }] },
      { task: "umbel.gather", id: "F.0.1+.0" },
    ],
  });
});

describe("additions", () => {
  const begun = beginAdditions({ id: "F.0.1" }, [placed(0), placed(1)], SLOT, ORIGIN);
  const [registered, published] = begun;
  const [join] = registered?.kind === "register" ? registered.joins : [];

  test("begin with a settled join, whose completion is the member's arrival", () => {
    expect(begun.map(({ kind }) => kind)).toEqual(["register", "publish"]);
    expect(join).toMatchObject({
      ...{ id: "F.0.1+", size: 2, policy: "settled", next: { steps: [], join: SLOT } },
      ...{ flow: "F", replyTo: "me" },
    });
    const messages: readonly Partial<Message>[] =
      published?.kind === "publish" ? [...published.messages] : [];
    expect(messages).toMatchObject([
      { id: "F.0.1+.0", next: { steps: [], join: { join: "F.0.1+", index: 0, size: 2, outer: SLOT } } },
      { id: "F.0.1+.1", next: { steps: [], join: { join: "F.0.1+", index: 1, size: 2, outer: SLOT } } },
    ]);
  });

  test.each<[string, readonly (Outcome | undefined)[], boolean]>([
    ["all are well", [success(1), success(2)], true],
    ["one failed", [success(1), FAILED], false],
    ["one is gone", [success(1), undefined], false],
  ])("arrive as the member when %s", (_, outcomes, ok) => {
    expect(completeAdditions(join as Join, outcomes)).toEqual([
      { kind: "arrive", arrival: SLOT, ok },
      { kind: "retire", join: "F.0.1+" },
    ]);
  });
});

describe("of what is stored of the members", () => {
  const outcomes = new Map<string, Outcome>([
    ["F.0.0", success(1, [placed(0, "F.0.0"), placed(1, "F.0.0")])],
    ["F.0.0+.0", success(2, [placed(0, "F.0.0+.0")])],
    ["F.0.1", success(3, [placed(0)])],
    ["F.0.1+.0", FAILED],
  ]);
  const ids = ["F.0.0+.0", "F.0.0+.0+.0", "F.0.0+.1", "F.0.1+.0"];

  test("the additions are in the order of members and calls, those of additions behind them", () => {
    expect(additionsTo(["F.0.0", "F.0.1", "F.0.2"], outcomes)).toEqual(
      ids.map((id) => ({ id, outcome: outcomes.get(id) })),
    );
    const members = ["F.0.0", "F.0.1"].map((id) => ({ ...call("add"), id }) as PlacedNode);
    expect(addedTo(members, (id) => outcomes.get(id))).toMatchObject(ids.map((id) => ({ id })));
  });

  test("a cancel has their join first, then each of them", () => {
    const [scope] = scopesOfAdditions("F.0.0", outcomes.get("F.0.0") as Outcome);
    expect(scope).toMatchObject({ joins: ["F.0.0+"], tasks: [{ id: "F.0.0+.0" }, { id: "F.0.0+.1" }] });
    expect(scopesOfAdditions("F.0.1", FAILED)).toEqual([]);
  });

  test("those that cannot begin end, and their join is let go", () => {
    const { failure } = FAILED;
    expect(endAdditions("F.0.1", outcomes.get("F.0.1") as Outcome, failure)).toMatchObject([
      { kind: "end", steps: [{ id: "F.0.1+.0" }], failure, replyTo: null },
      { kind: "retire", join: "F.0.1+" },
    ]);
    expect(endAdditions("F.0.2", success(1), failure)).toEqual([]);
  });
});
