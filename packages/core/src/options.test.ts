import { describe, expect, test } from "vitest";
import type { ChainNode, GroupNode, Node, TaskNode } from "./node.ts";
import type { StepOptions } from "./options.ts";
import { checkedOptions, inherited, overridden, stamped } from "./options.ts";

const t = (task: string, options: StepOptions = {}): TaskNode => ({
  kind: "task",
  task,
  args: [],
  kwargs: {},
  immutable: false,
  options,
});
const chain = (...steps: readonly Node[]): ChainNode => ({ kind: "chain", steps });
const group = (...members: readonly Node[]): GroupNode => ({ kind: "group", members });

describe("an option out of its bounds is refused:", () => {
  test.each<[options: object, why: string]>([
    [{ queue: "" }, 'the queue of add is ""; it has to be text of 1 to 255 bytes'],
    [
      { queue: "ü".repeat(128) },
      `the queue of add is "${"ü".repeat(128)}"; it has to be text of 1 to 255 bytes`,
    ],
    [{ queue: 5 }, "the queue of add is 5; it has to be text of 1 to 255 bytes"],
    [{ priority: 256 }, "the priority of add is 256; it has to be an integer from 0 to 255"],
    [{ priority: -1 }, "the priority of add is -1; it has to be an integer from 0 to 255"],
    [{ priority: 1.5 }, "the priority of add is 1.5; it has to be an integer from 0 to 255"],
    [{ countdownMs: -1 }, "the countdownMs of add is -1; it has to be milliseconds from 0 to ten years"],
    [
      { countdownMs: Infinity },
      "the countdownMs of add is Infinity; it has to be milliseconds from 0 to ten years",
    ],
    [{ countdownMs: "5" }, "the countdownMs of add is 5; it has to be milliseconds from 0 to ten years"],
    [{ bundle: 0 }, "the bundle of add is 0; it has to be an integer from 1 to 1000"],
    [{ bundle: 1_001 }, "the bundle of add is 1001; it has to be an integer from 1 to 1000"],
    [{ bundle: 2.5 }, "the bundle of add is 2.5; it has to be an integer from 1 to 1000"],
    [{ bundle: "8" }, "the bundle of add is 8; it has to be an integer from 1 to 1000"],
    [
      { headers: { task: "x" } },
      'the header "task" of add is one of the protocol\'s own; give it another name',
    ],
    [
      { stamps: { queue: "x" } },
      'the stamp "queue" of add has the name of one of Celery\'s options; give it another',
    ],
    [
      { headers: { x: 1n } },
      "the headers of add.x is a BigInt (1n), which JSON cannot carry; send a string or a number",
    ],
  ])("%o", (options, why) => {
    expect(() => checkedOptions(options, "add")).toThrow(why);
  });

  test("what is within them stays", () => {
    const options = {
      queue: "q".repeat(255),
      priority: 255,
      countdownMs: 0,
      headers: { a: null },
      stamps: { b: [1] },
    };
    expect(checkedOptions(options, "add")).toEqual(options);
    expect(checkedOptions({ countdownMs: 1000 / 3 }, "add")).toEqual({ countdownMs: 333 });
  });
});

describe("said of a call", () => {
  test("an option replaces the call's own, a header that of its name, a stamp none", () => {
    const own = { queue: "a", priority: 1, headers: { x: 1, y: 1 }, stamps: { s: 1 } };
    expect(overridden(own, { queue: "b", headers: { y: 2 }, stamps: { s: 2, t: 2 } })).toEqual({
      queue: "b",
      priority: 1,
      headers: { x: 1, y: 2 },
      stamps: { s: 1, t: 2 },
    });
  });
});

describe("said of an arrangement", () => {
  const flow = chain(t("a"), group(t("b", { queue: "own" }), chain(t("c"), t("d"))), t("e"));

  test("a queue holds for every call that does not say otherwise", () => {
    expect(optionsIn(inherited(flow, { queue: "q" }))).toEqual({
      ...{ a: { queue: "q" }, b: { queue: "own" }, c: { queue: "q" } },
      ...{ d: { queue: "q" }, e: { queue: "q" } },
    });
  });

  test("headers and stamps are added name by name, the call's own first", () => {
    const said = { headers: { x: 0, y: 0 }, stamps: { s: 0, u: 0 } };
    const node = inherited(chain(t("a", { headers: { x: 1 }, stamps: { s: 1 } })), said);
    expect(optionsIn(node)).toEqual({ a: { headers: { x: 1, y: 0 }, stamps: { s: 1, u: 0 } } });
  });

  test.each<[string, Node, readonly string[]]>([
    ["of a chain delays its first step", flow, ["a"]],
    ["of a group delays its members, where they begin", group(t("b"), chain(t("c"), t("d"))), ["b", "c"]],
    ["of a chord delays the header, not the body", chain(group(t("b"), t("c")), t("d")), ["b", "c"]],
    [
      "of a chain whose first step is a chain delays that one's",
      chain(chain(), chain(t("a"), t("b"))),
      ["a"],
    ],
    ["does not change one that is said already", group(t("b", { countdownMs: 1 }), t("c")), ["c"]],
  ])("a countdown %s", (_, node, delayed) => {
    const options = Object.entries(optionsIn(inherited(node, { countdownMs: 5 })));
    expect(options.flatMap(([name, { countdownMs }]) => (countdownMs === 5 ? [name] : []))).toEqual(delayed);
  });
});

test("stamps are on every call, on those of links too, and stay", () => {
  const linked = { ...t("a"), callbacks: [chain(t("b"), t("c"))], errbacks: [t("d", { stamps: { s: 0 } })] };
  const node = stamped(chain(linked, group(t("e"))), { s: 1 });
  const { callbacks, errbacks } = (node as ChainNode).steps[0] as TaskNode;
  expect([node, ...(callbacks ?? []), ...(errbacks ?? [])].map(optionsIn)).toEqual([
    { a: { stamps: { s: 1 } }, e: { stamps: { s: 1 } } },
    { b: { stamps: { s: 1 } }, c: { stamps: { s: 1 } } },
    { d: { stamps: { s: 0 } } },
  ]);
});

function optionsIn(node: Node): Record<string, StepOptions> {
  switch (node.kind) {
    case "task":
      return { [node.task]: node.options };
    case "chain":
      return Object.assign({}, ...node.steps.map(optionsIn)) as Record<string, StepOptions>;
    case "group":
      return Object.assign({}, ...node.members.map(optionsIn)) as Record<string, StepOptions>;
  }
}
