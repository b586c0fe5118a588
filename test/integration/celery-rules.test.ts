import { group } from "@umbel/canvas";
import type { AnyStep, Json, Node, TaskNode } from "@umbel/core";
import { signatureToFlow } from "@umbel/core";
import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "vitest";
import { DIFFERENCES, differenceOf } from "../support/differences.ts";
import type { Operand } from "../support/operands.ts";
import { OPERANDS, chainOf, everything } from "../support/operands.ts";
import { evaluatePython, findPython } from "../support/python.ts";

const python = await findPython();
const reason = typeof python === "string" ? "" : ` (${python.missing})`;

const names = Object.keys(OPERANDS) as Operand[];
const pairs = names.flatMap((left) => names.map((right) => [left, right] as const));

describe.skipIf(reason !== "")(`left | right, as Celery 5.7 has it${reason}`, async () => {
  const built = reason === "" ? await builtByCelery() : new Map<string, Json>();

  test.each(names)("%s | … is the same object, or in the table of differences", (left) => {
    const differing = names.filter(
      (right) => !isDeepStrictEqual(jsonOf(pipe(left, right)), built.get(`${left} | ${right}`)),
    );
    expect(differing).toEqual(names.filter((right) => differenceOf(left, right) !== undefined));
  });

  test("no row of the table of differences is without a pair", () => {
    const found = new Set(pairs.map(([left, right]) => differenceOf(left, right)));
    expect(DIFFERENCES.filter((row) => !found.has(row))).toEqual([]);
  });

  test.each(names)("what Celery made of %s | … is read, and means the same here", (left) => {
    const read = names.map((right) => signatureToFlow(built.get(`${left} | ${right}`)));
    expect(read).toEqual(names.map((right) => asCeleryHasIt(left, right).node));
  });
});

describe.skipIf(reason !== "")(`signatures of a Celery 5.7 client${reason}`, async () => {
  test("that were written by us are read by Celery, and written as the same again", async () => {
    const steps = [
      ...names.map((name) => OPERANDS[name].step),
      everything,
      group({ a: chainOf(1), b: chainOf(2) }),
    ];
    const texts = steps.map((step) => JSON.stringify(step));
    const again = await evaluatePython(
      python as string,
      `${PREAMBLE}
texts = json.loads(${JSON.stringify(JSON.stringify(texts))})
print(json.dumps([json.loads(json.dumps(signature(json.loads(text), app=app))) for text in texts]))`,
    );
    expect(again).toEqual(texts.map((text) => JSON.parse(text) as Json));
  });

  test("that were frozen, cloned, linked, stamped or sent are read for what they say", async () => {
    const written = (await evaluatePython(
      python as string,
      `${PREAMBLE}
def frozen(signature):
    signature.freeze()
    return signature
def linked(signature):
    signature.link(t.s(8)); signature.link_error(t.s(9))
    return signature
def stamped(signature):
    signature.stamp(tenant="acme")
    return signature
cases = {
    "frozen chord": frozen(chord([t.s(1), t.s(2)], t.s(3))),
    "frozen chain": frozen(chain(t.s(1), group([t.s(2), t.s(3)]), t.s(4))),
    "nested": chain(t.s(1), chain(t.s(2), t.s(3), queue="q")),
    "options": t.s(1).set(queue="q", priority=3, countdown=1.5, time_limit=5, headers={"x": 1}),
    "link": linked(t.s(1)),
    "link on chain": linked(chain(t.s(1), t.s(2))),
    "link on chord": linked(chord([t.s(1), t.s(2)], t.s(3))),
    "link is one": t.s(1).set(link=t.s(8)),
    "stamps": stamped(chain(t.s(1), t.s(2))),
    "partial chord": chord([t.s(1), t.si(2)], t.s(3)).clone((7,), {"k": 1}),
    "immutable": t.si(1),
    "kwargs": t.s(1, k=2),
    "chain options": chain(t.s(1), t.s(2)).set(queue="q"),
    "group options": group([t.s(1), chain(t.s(2), t.s(3))]).set(priority=2),
    "chord options": chord([t.s(1)], t.s(2)).set(queue="q"),
    "empty chord": chord([], t.s(1)),
    "chord of a chain": chord(chain(t.s(1), t.s(2)), t.s(3)),
}
print(json.dumps({name: json.loads(json.dumps(case)) for name, case in cases.items()}))`,
    )) as Record<string, Json>;
    const read = Object.fromEntries(
      Object.entries(written).map(([name, json]) => [name, sketch(signatureToFlow(json))]),
    );
    expect(read).toMatchInlineSnapshot(`
      {
        "chain options": "t(1; options {"queue":"q"}) → t(2)",
        "chord of a chain": "[t(1) | t(2)] → t(3)",
        "chord options": "[t(1; options {"queue":"q"})] → t(2; options {"queue":"q"})",
        "empty chord": "[] → t(1)",
        "frozen chain": "t(1) → [t(2) | t(3)] → t(4)",
        "frozen chord": "[t(1) | t(2)] → t(3)",
        "group options": "[t(1; options {"priority":2}) | t(2; options {"priority":2}) → t(3)]",
        "immutable": "t!(1)",
        "kwargs": "t(1; kwargs {"k":2})",
        "link": "t(1; callbacks ["t(8)"]; errbacks ["t(9)"])",
        "link is one": "t(1; callbacks ["t(8)"])",
        "link on chain": "t(1; errbacks ["t(9)"]) → t(2; callbacks ["t(8)"]; errbacks ["t(9)"])",
        "link on chord": "[t(1) | t(2)] → t(3; callbacks ["t(8)"]; errbacks ["t(9)"])",
        "nested": "t(1) → t(2) → t(3)",
        "options": "t(1; options {"queue":"q","priority":3,"countdownMs":1500,"headers":{"x":1}}; foreign {"time_limit":5})",
        "partial chord": "[t(7, 1; kwargs {"k":1}) | t!(2)] → t(3)",
        "stamps": "t(1; options {"stamps":{"tenant":"acme"}}) → t(2; options {"stamps":{"tenant":"acme"}})",
      }
    `);
  });
});

const PREAMBLE = `import json
from celery import Celery, chain, chord, group, signature
app = Celery("proj", broker="memory://", backend="cache+memory://", set_as_current=True)
@app.task(name="t")
def t(*args): pass
`;

/** What a Python client builds of every pair, by `left | right`. */
async function builtByCelery(): Promise<ReadonlyMap<string, Json>> {
  const expressions = pairs.map(([left, right]) => `${OPERANDS[left].python} | ${OPERANDS[right].python}`);
  const built = await evaluatePython(
    python as string,
    `${PREAMBLE}
print(json.dumps([json.loads(json.dumps(each)) for each in [${expressions.join(",\n")}]]))`,
  );
  return new Map(
    pairs.map(([left, right], i) => [`${left} | ${right}`, (built as readonly Json[])[i] ?? null]),
  );
}

/** n.b. That a group was dropped or unrolled nobody can tell from what is left. */
function asCeleryHasIt(left: Operand, right: Operand): AnyStep {
  const why = differenceOf(left, right)?.celery ?? "";
  if (why.includes("dropped")) return OPERANDS[left].step;
  return why.includes("unrolled") ? pipe(left, "task") : pipe(left, right);
}

function pipe(left: Operand, right: Operand): AnyStep {
  return (OPERANDS[left].step as AnyStep).pipe(OPERANDS[right].step);
}

function jsonOf(step: AnyStep): Json {
  return JSON.parse(JSON.stringify(step)) as Json;
}

/** A node in a line: what differs from a plain call is told. */
function sketch(node: Node): string {
  switch (node.kind) {
    case "chain":
      return node.steps.map(sketch).join(" → ");
    case "group":
      return `[${node.members.map(sketch).join(" | ")}]`;
    case "task":
      return `${node.task}${node.immutable ? "!" : ""}(${[node.args.map((arg) => JSON.stringify(arg)).join(", "), ...said(node)].join("; ")})`;
  }
}

function said({ kwargs, options, callbacks, errbacks, foreign }: TaskNode): readonly string[] {
  return Object.entries({
    kwargs,
    options,
    callbacks: callbacks?.map(sketch),
    errbacks: errbacks?.map(sketch),
    foreign,
  })
    .filter(([, value]) => value !== undefined && Object.keys(value).length > 0)
    .map(([name, value]) => `${name} ${JSON.stringify(value)}`);
}
