import { describe, expect, test } from "vitest";
import type { TaskNode } from "./node.ts";
import type { Ending, Form } from "./pipe-rules.ts";
import { PIPE_RULES, endingOf, formOf, pipeForms } from "./pipe-rules.ts";

const t = (task: string): TaskNode => ({
  kind: "task",
  task,
  args: [],
  kwargs: {},
  immutable: false,
  options: {},
});
const chain = (...steps: readonly Form[]): Form => ({ kind: "chain", steps });
const group = (...members: readonly Form[]): Form => ({ kind: "group", members });
const chord = (header: readonly Form[], body: Form): Form => ({ kind: "chord", header, body });

/** One left side a rule. */
const LEFT: Readonly<Record<Ending, Form>> = {
  nothing: chain(),
  task: t("a"),
  chain: chain(t("a"), t("b")),
  group: group(t("a"), t("b")),
  chord: chord([t("a"), t("b")], t("c")),
  "chain … group": chain(t("a"), group(t("b"), t("c"))),
  "chain … chord": chain(t("a"), chord([t("b"), t("c")], t("d"))),
};

describe("the table of .pipe", () => {
  test.each(Object.keys(PIPE_RULES) as Ending[])("has a rule for what ends with: %s", (ending) => {
    expect(endingOf(LEFT[ending])).toBe(ending);
  });

  test("says what becomes of each left side and a task, and of each and a group", () => {
    const [x, g] = [t("x"), group(t("x"), t("y"))];
    const rows = (Object.keys(PIPE_RULES) as Ending[]).map((ending) => [
      PIPE_RULES[ending].makes,
      shown(pipeForms(LEFT[ending], x)),
      shown(pipeForms(LEFT[ending], g)),
    ]);
    expect(rows).toMatchInlineSnapshot(`
      [
        [
          "next",
          "x",
          "group(x, y)",
        ],
        [
          "chain(left, next)",
          "chain(a, x)",
          "chain(a, group(x, y))",
        ],
        [
          "chain(…left, next)",
          "chain(a, b, x)",
          "chain(a, b, group(x, y))",
        ],
        [
          "chord(left → next)",
          "chord([a, b] → x)",
          "chord([a, b] → group(x, y))",
        ],
        [
          "chord(left.header → left.body | next)",
          "chord([a, b] → chain(c, x))",
          "chord([a, b] → chain(c, group(x, y)))",
        ],
        [
          "chain(…, chord(group → next))",
          "chain(a, chord([b, c] → x))",
          "chain(a, chord([b, c] → group(x, y)))",
        ],
        [
          "chain(…, chord(header → body | next))",
          "chain(a, chord([b, c] → chain(d, x)))",
          "chain(a, chord([b, c] → chain(d, group(x, y))))",
        ],
      ]
    `);
  });

  test("takes the right side step by step", () => {
    const node = {
      kind: "chain",
      steps: [{ kind: "group", members: [t("a")] }, t("b"), { kind: "group", members: [] }, t("c")],
    } as const;
    expect(shown(formOf(node))).toBe("chord([a] → chain(b, chord([] → c)))");
    expect(shown(formOf({ kind: "chain", steps: [] }))).toBe("chain()");
  });

  test("has a record made of a list, since Celery has none", () => {
    const node = { kind: "group", members: [t("a"), t("b")], keys: ["x", "y"] } as const;
    expect(formOf(node)).toEqual(
      chord([t("a"), t("b")], { ...t("umbel.gather"), kwargs: { keys: ["x", "y"] } }),
    );
  });
});

function shown(form: Form): string {
  switch (form.kind) {
    case "task":
      return form.task;
    case "chain":
      return `chain(${form.steps.map(shown).join(", ")})`;
    case "group":
      return `group(${form.members.map(shown).join(", ")})`;
    case "each":
      return `each(${shown(form.step)})`;
    case "chord":
      return `chord([${form.header.map(shown).join(", ")}] → ${shown(form.body)})`;
  }
}
