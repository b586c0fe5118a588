import type { Mutant } from "./mutant.ts";
import { stretch, fusion, execution, commit } from "./sources.ts";

/** What runs steps without a message between them (rule 21). */
export const FUSING: readonly Mutant[] = [
  {
    rule: "rule-21",
    name: "steps that ran behind one that another had ended are stored",
    file: stretch,
    find: "    if (this.isCut) return;\n",
    replace: "",
  },
  {
    rule: "rule-21",
    name: "outcomes of steps that ran one after the other are stored in no order",
    file: commit,
    find: "this.#backend.results.putInOrder(records)",
    replace: "this.#backend.results.put(records)",
  },
  {
    rule: "rule-21",
    name: "what somebody else wrote first does not count",
    file: stretch,
    find: "  return { run, end: stored.outcome };",
    replace: '  return { run, end: { state: "SUCCESS", value: 0 } };',
  },
  {
    rule: "rule-21",
    name: "who goes on does not wait for what was run to be stored",
    file: stretch,
    find: "while (!this.isCut && (this.#writing !== null || this.#open.length > 0)) {",
    replace: "while (!this.isCut && this.#writing !== null) {",
  },
  {
    rule: "rule-21",
    name: "what may be running elsewhere is run here without a message",
    file: fusion,
    find: "if (isSuspect || delivery.death",
    replace: "if (delivery.death",
  },
  {
    rule: "rule-21",
    name: "what has ended is not stored before the next step has, however long that takes",
    file: stretch,
    find: "if (!this.#isAlarmed) void this.#writeInTime();",
    replace: "void this.#isAlarmed;",
  },
  {
    rule: "rule-21",
    name: "a join whose body ran on is never let go",
    file: execution,
    find: "    await settlement.perform(first, left);\n",
    replace: "    void left;\n",
  },
  {
    rule: "rule-21",
    name: "steps that had no message end as if they had one that is delivered again",
    file: fusion,
    find: "const unpublished = routed(next, defaultQueue);",
    replace: "const unpublished = { ...routed(next, defaultQueue), nonce: `${run.message.nonce}+` };",
  },
  {
    rule: "rule-21",
    name: "a step that had no message is of the queue of the first one",
    file: fusion,
    find: "message: unpublished, queue, isSuspect: false }",
    replace: "message: unpublished, queue: run.delivery.queue || queue, isSuspect: false }",
  },
];
