import { describe, expect, test } from "vitest";
import { withErrorLink, withLink } from "./links.ts";
import type { ChainNode, GroupNode, Node, TaskNode } from "./node.ts";

const t = (task: string): TaskNode => ({
  kind: "task",
  task,
  args: [],
  kwargs: {},
  immutable: false,
  options: {},
});
const chain = (...steps: readonly Node[]): ChainNode => ({ kind: "chain", steps });
const group = (...members: readonly Node[]): GroupNode => ({ kind: "group", members });
const ok = t("ok");

describe("a link", () => {
  test.each<[string, Node, string]>([
    ["is a call's own", t("a"), "a+ok"],
    ["of a chain is that of its last step", chain(t("a"), t("b")), "a → b+ok"],
    ["of a group begins when all members have ended", group(t("a"), t("b")), "[a | b] → umbel.gather+ok"],
    ["of a chain that ends in a group, too", chain(t("a"), group(t("b"))), "a → [b] → umbel.gather+ok"],
    ["of a group with a body is the body's", chain(group(t("a")), t("b")), "[a] → b+ok"],
  ])("%s", (_, node, linked) => {
    expect(shown(withLink(node, ok))).toBe(linked);
  });

  test("may be any flow, and twice the same is one", () => {
    const node = withLink(withLink(withLink(t("a"), ok), chain(ok, t("b"))), ok);
    expect(shown(node)).toBe("a+ok+(ok → b)");
  });

  test("has nothing to link to in a chain without steps", () => {
    expect(() => withLink(chain(), ok)).toThrow(
      "a chain without steps has no end to link to; give it a step",
    );
  });

  test("leaves the node as it was", () => {
    const node = t("a");
    withLink(node, ok);
    withErrorLink(node, ok);
    expect(node).toEqual(t("a"));
  });
});

describe("an error link", () => {
  test.each<[string, Node, string]>([
    ["is a call's own", t("a"), "a-ok"],
    ["of a chain is on each of its steps", chain(t("a"), chain(t("b"), t("c"))), "a-ok → b-ok → c-ok"],
    ["of a group at the end is on each member", group(t("a"), chain(t("b"), t("c"))), "[a-ok | b-ok → c-ok]"],
    [
      "of a group with a body is on the body",
      chain(t("a"), group(t("b"), t("c")), t("d")),
      "a-ok → [b | c] → d-ok",
    ],
    [
      "of a group before a group is on what gathers it",
      chain(group(t("a")), group(t("b"))),
      "[a] → umbel.gather-ok → [b-ok]",
    ],
    ["of nothing is nowhere", chain(), ""],
  ])("%s", (_, node, linked) => {
    expect(shown(withErrorLink(node, ok))).toBe(linked);
  });
});

function shown(node: Node): string {
  switch (node.kind) {
    case "chain":
      return node.steps.map(shown).join(" → ");
    case "group":
      return `[${node.members.map(shown).join(" | ")}]`;
    case "task":
      return [node.task, ...links("+", node.callbacks), ...links("-", node.errbacks)].join("");
  }
}

function links(sign: string, nodes: readonly Node[] = []): readonly string[] {
  return nodes.map((each) => (each.kind === "task" ? `${sign}${shown(each)}` : `${sign}(${shown(each)})`));
}
