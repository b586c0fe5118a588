import { describe, expect, test } from "vitest";
import { argumentsToJson } from "./arguments.ts";
import { NotJson } from "./errors.ts";
import type { Sender } from "./sender.ts";
import { Step } from "./step.ts";
import { Task } from "./task.ts";

const app: Sender = {
  name: "proj",
  send: () => {
    throw new Error("nothing is sent here");
  },
};

const add = new Task<[x: number, y: number], number>("add", { queue: "math" }, app);
const log = new Task<[entry: { readonly at?: Date; readonly tags: readonly string[] }], null>("log", {}, app);

describe("a call", () => {
  test("is plain data: the task, its bound arguments, its options", () => {
    expect(add.s(2, 3).node).toEqual({
      kind: "task",
      task: "add",
      args: [2, 3],
      kwargs: {},
      immutable: false,
      options: { queue: "math" },
    });
    expect(add.s(2, 3)).toBeInstanceOf(Step);
    expect(add.s().sender).toBe(app);
  });

  test("with .si() ignores the result before it", () => {
    expect(add.si(2, 3).node).toMatchObject({ args: [2, 3], immutable: true });
  });

  test("has its arguments as they were when it was made", () => {
    const entry = { at: new Date(0), tags: ["a"] };
    const step = log.s(entry);
    entry.tags.push("b");
    entry.at.setTime(5);
    expect(step.node).toMatchObject({
      args: [{ at: { __type__: "datetime", __value__: "1970-01-01T00:00:00.000+00:00" }, tags: ["a"] }],
    });
  });

  test("has its options for itself", () => {
    const one = add.s(1);
    const two = add.s(1).set({ queue: "other" });
    expect([one.node, two.node]).toMatchObject([
      { options: { queue: "math" } },
      { options: { queue: "other" } },
    ]);
  });

  test("leaves out what is undefined at its end, so that a default value is taken", () => {
    const greet = new Task<[name: string, greeting?: string, mark?: string], string>("greet", {}, app);
    const maybe: (string | undefined)[] = [undefined];
    expect(greet.si("Ann", maybe[0]).node).toMatchObject({ args: ["Ann"] });
    expect(greet.si("Ann", maybe[0], maybe[0]).node).toMatchObject({ args: ["Ann"] });
  });

  test("is refused when an argument is undefined and another follows", () => {
    const greet = new Task<[name: string, greeting?: string, mark?: string], string>("greet", {}, app);
    expect(() => greet.si("Ann", undefined, "!")).toThrow(
      "greet: args[1] is undefined, which JSON cannot carry; send null or leave it out",
    );
  });

  test("is refused at once when an argument cannot travel, with its task and its path", () => {
    const bad = { tags: ["a", 1n as unknown as string] };
    expect(() => log.s(bad)).toThrow(NotJson);
    expect(() => log.s(bad)).toThrow("log: args[0].tags[1] is a BigInt (1n), which JSON cannot carry; ");
    expect(() => log.si(bad)).toThrow("log: args[0].tags[1]");
  });
});

test("an item of a map is refused when it is undefined, with its path", () => {
  const look = new Task<[entry: unknown], null>("look", {}, app);
  expect(() => look.map([1, undefined])).toThrow("look: items[1] is undefined, which JSON cannot carry; ");
});

test("the input of a flow is checked as its arguments are", () => {
  expect(argumentsToJson([1, null, { a: undefined }], "apply")).toEqual([1, null, {}]);
  // n.b. Bound arguments may follow, which would move to where it was if it were left out.
  expect(() => argumentsToJson([1, undefined], "apply")).toThrow("apply: args[1] is undefined, which ");
  expect(() => argumentsToJson([1, NaN], "apply")).toThrow(
    "apply: args[1] is NaN, which JSON cannot carry; ",
  );
});
