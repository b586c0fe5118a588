import type { Mutant } from "./mutant.ts";
import { settlement, attempt, advance, ending, additions } from "./sources.ts";

/** What members add to their group (rules 42 to 44). */
export const ADDING: readonly Mutant[] = [
  {
    rule: "rule-42",
    name: "additions lose the flow's stamps",
    file: "packages/runtime/src/additions.ts",
    find: "stamps === undefined ? step : step.stamp(stamps)",
    replace: "stamps === null ? step.stamp({}) : step",
  },
  {
    rule: "rule-42",
    name: "what is added is what this run added, though another was stored",
    file: settlement,
    find: "if (!mayDrop(run, put.stored)) return this.goOn(run, put.stored.outcome);",
    replace:
      'if (!mayDrop(run, put.stored)) return this.goOn(run, record.outcome.state === "SUCCESS" ? record.outcome : put.stored.outcome);',
  },
  {
    rule: "rule-42",
    name: "a member arrives though what it added has not ended",
    file: advance,
    find: "if (additions.length > 0) return [...links, ...beginAdditions(message, additions, next.join, origin)];",
    replace:
      'if (additions.length > 0) return [...links, { kind: "arrive", arrival: next.join, ok: true }, ...beginAdditions(message, additions, next.join, origin)];',
  },
  {
    rule: "rule-42",
    name: "what was added by what was added is left out",
    file: additions,
    find: "      ...additionsTo([id], outcomes),\n",
    replace: "",
  },
  {
    rule: "rule-42",
    name: "a task that has added is replaced, and what it added is lost",
    file: "packages/runtime/src/additions.ts",
    find: "return isReplacement(thrown) ? (this.#replacementRefusal() ?? thrown) : thrown;",
    replace: "return thrown;",
  },
  {
    rule: "rule-43",
    name: "a slot is well though what was added failed",
    file: additions,
    find: 'const ok = outcomes.every((outcome) => outcome?.state === "SUCCESS");',
    replace: "const ok = outcomes.length > 0;",
  },
  {
    rule: "rule-43",
    name: "a slot is well though something failed that was added by what was added",
    file: advance,
    find: "return completeAdditions(join, [...outcomes, ...additions.map(({ outcome }) => outcome)]);",
    replace: "return completeAdditions(join, outcomes);",
  },
  {
    rule: "rule-43",
    name: "additions begin before the member's outcome is stored",
    file: settlement,
    find: 'if (ended.state !== "REPLACED") return this.#settleAs(run, ended);',
    replace:
      'if (ended.state === "SUCCESS" && ended.additions)\n      return after(this.goOn(run, ended), () => this.#settleAs(run, ended));\n    if (ended.state !== "REPLACED") return this.#settleAs(run, ended);',
  },
  {
    rule: "rule-43",
    name: "an attempt that failed leaves what it added to the next one",
    file: attempt,
    find: "const additions = new Additions(message, options);",
    replace:
      "const kept = (globalThis as { kept?: Map<string, Additions> }).kept ??= new Map();\n" +
      "    const additions = kept.get(message.id) ?? new Additions(message, options);\n" +
      "    if (message.retries < 2) kept.set(message.id, additions); else kept.delete(message.id);",
  },
  {
    rule: "rule-44",
    name: "a cancel does not end what was added",
    file: ending,
    find: "scopes = [...added, ...ended.takers.map(scopeOf)];",
    replace: "scopes = ended.takers.map(scopeOf);",
  },
  {
    rule: "rule-44",
    name: "what was added and cannot begin stays open",
    file: settlement,
    find: "const ended = stored === undefined ? [] : endAdditions(",
    replace: "const ended = stored === undefined || run.isSuspect ? [] : endAdditions(",
  },
  {
    rule: "rule-44",
    name: "a member of a race adds",
    file: "packages/runtime/src/additions.ts",
    find: "if (join.isRace === true)",
    replace: "if (join.isRace === true && join.size === 0)",
  },
  {
    rule: "rule-44",
    name: "a task adds that others follow",
    file: "packages/runtime/src/additions.ts",
    find: '  if (steps.length > 0)\n    return "other steps',
    replace: '  if (steps.length > 99)\n    return "other steps',
  },
];
