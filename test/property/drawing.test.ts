import { place } from "@umbel/canvas";
import { NOBODY, Step, drawSent } from "@umbel/core";
import type { DrawFormat, Json, Node, OutcomeRecord, StoredTask } from "@umbel/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readDot } from "../support/graphviz.ts";
import { readMermaid } from "../support/mermaid.ts";

const isDeep = process.env["UMBEL_DEEP"] === "1";
const parameters = { numRuns: isDeep ? 5000 : 150 };

/** What means something to Mermaid, Markdown, HTML, Graphviz or a terminal. */
const AWKWARD = [
  ...[
    '"',
    '""',
    "'",
    "`",
    "`md`",
    "```",
    "\\",
    "\\n",
    "\\N",
    "\\l",
    '\\"',
    "#",
    "#35;",
    "#quot;",
    ";",
    "&",
    "&lt;",
  ],
  ...[
    "<b>",
    "<br/>",
    "<script>alert(1)</script>",
    "</foreignObject>",
    "-->",
    "-.->",
    "---",
    "|",
    "[",
    "]",
    "({[<",
  ],
  ...[
    "%%",
    "%%{init: {}}%%",
    "%% comment",
    "end",
    "subgraph",
    "graph TD",
    "flowchart",
    "class n0 x",
    "click n0",
  ],
  ...[
    "style a:#b;",
    "classDef a:#b;",
    "linkStyle",
    ":::",
    "@{ shape: cyl }",
    "1. one",
    "- one",
    "$$x$$",
    "**bold**",
  ],
  ...[
    "__init__",
    "_",
    "fa:fa-user",
    "ﬂ°°35¶ß",
    "ﬂ°quot¶ß",
    "ß",
    "//",
    "/* */",
    "cluster_0",
    "->",
    "\n",
    "\r\n",
    "\t",
  ],
  ...[
    "\0",
    "\u001b[31m",
    "\u007f",
    "\u0085",
    "\u2028",
    "\u202e",
    "\u200d",
    "\ufeff",
    "\ud800",
    "\udc00",
    "😀",
    "👩‍👩‍👧",
    "日本",
  ],
  ...["", " ", "x".repeat(500), "😀".repeat(100), "toString", "__proto__"],
];

const text: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...AWKWARD),
  fc.array(fc.constantFrom(...AWKWARD), { maxLength: 4 }).map((parts) => parts.join("")),
  fc.string({ unit: "binary" }),
);

const name = text.filter((each) => each !== "");
const json = fc.oneof(text, fc.jsonValue() as fc.Arbitrary<Json>);

const DEPTH = { maxDepth: 3, depthIdentifier: fc.createDepthIdentifier() };

/** Flows in which nothing is left out: chains have two steps at least, none of them a chain. */
const { flow: arbitraryNode } = fc.letrec<{ flow: Node; step: Node; call: Node; group: Node }>((tie) => ({
  call: fc
    .record({
      task: name,
      args: fc.array(json, { maxLength: 3 }),
      kwargs: fc.dictionary(text, json, { maxKeys: 2 }),
    })
    .chain((call) =>
      fc
        .record({ immutable: fc.boolean(), callbacks: links(tie("flow")), errbacks: links(tie("flow")) })
        .map(({ immutable, callbacks, errbacks }): Node => ({
          ...{ kind: "task", ...call, immutable, options: {} },
          ...(callbacks.length > 0 && { callbacks }),
          ...(errbacks.length > 0 && { errbacks }),
        })),
    ),
  group: fc.oneof(
    fc.array(tie("flow"), { maxLength: 3 }).map((members): Node => ({ kind: "group", members })),
    fc
      .record({
        members: fc.array(tie("flow"), { minLength: 1, maxLength: 3 }),
        policy: fc.constantFrom("settled" as const, "any" as const, { quorum: 1 }),
      })
      .map((group): Node => ({ kind: "group", ...group })),
    tie("flow").map((step): Node => ({ kind: "group", members: [], each: { step } })),
    fc
      .dictionary(text, tie("flow"), { maxKeys: 3 })
      .map((record): Node => ({ kind: "group", members: Object.values(record), keys: Object.keys(record) })),
  ),
  step: fc.oneof(DEPTH, { weight: 3, arbitrary: tie("call") }, { weight: 2, arbitrary: tie("group") }),
  flow: fc.oneof(
    DEPTH,
    { weight: 4, arbitrary: tie("step") },
    { weight: 1, arbitrary: fc.constant<Node>({ kind: "chain", steps: [] }) },
    {
      weight: 3,
      arbitrary: fc
        .array(tie("step"), { minLength: 2, maxLength: 3 })
        .map((steps): Node => ({ kind: "chain", steps })),
    },
  ),
}));

function links(flow: fc.Arbitrary<Node>): fc.Arbitrary<readonly Node[]> {
  const some = fc.array(flow, { minLength: 1, maxLength: 2 });
  return fc.oneof({ weight: 5, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: some });
}

interface Counts {
  readonly lines: number;
  readonly boxes: number;
  readonly frames: number;
}

/** How many lines, and how many boxes and frames at least, a flow has. */
function count(node: Node): Counts {
  const isLeaf = node.kind === "task" || partsOf(node).length === 0;
  const own = { lines: 1, boxes: isLeaf ? 1 : 0, frames: node.kind === "group" && !isLeaf ? 1 : 0 };
  return partsOf(node).map(count).reduce(added, own);
}

function added(a: Counts, b: Counts): Counts {
  return { lines: a.lines + b.lines, boxes: a.boxes + b.boxes, frames: a.frames + b.frames };
}

function partsOf(node: Node): readonly Node[] {
  if (node.kind === "task") return [...(node.callbacks ?? []), ...(node.errbacks ?? [])];
  if (node.kind === "chain") return node.steps;
  return node.each === undefined ? node.members : [node.each.step];
}

/** Says of each task the next of these states, and of one that failed the next of these errors. */
function storeOf(
  words: readonly string[],
): (ids: readonly string[]) => Promise<ReadonlyMap<string, StoredTask>> {
  let turn = 0;
  const next = (): string => words[turn++ % words.length] ?? "";
  const stored = (id: string): StoredTask => {
    if (turn % 2 === 0) return { state: next(), record: null };
    const failure = {
      name: next(),
      message: next(),
      stack: null,
      task: next(),
      id: turn % 3 === 0 ? id : "F",
    };
    const outcome = { state: "FAILURE", failure: { ...failure, code: null, errors: [] } } as const;
    return { state: "FAILURE", record: { id, outcome } as unknown as OutcomeRecord };
  };
  return async (ids) => new Map(ids.map((id) => [id, stored(id)]));
}

/** Checks that a flow says the same in every format, and that nothing is missing. */
async function check(node: Node, draw: (format: DrawFormat) => Promise<string>): Promise<void> {
  const [lines, mermaid, dot] = [
    await draw("text"),
    await readMermaid(await draw("mermaid")),
    readDot(await draw("dot")),
  ];
  const expected = count(node);
  expect(lines.split(/[\n\r\u0085\u2028\u2029]/)).toHaveLength(expected.lines);
  expect([...mermaid.boxes]).toEqual([...dot.boxes]);
  expect([...mermaid.frames]).toEqual([...dot.frames]);
  expect(mermaid.arrows).toEqual(dot.arrows);
  const titles = [...mermaid.boxes.values()].filter((title) => title !== "join");
  expect(titles).toHaveLength(expected.boxes);
  for (const title of titles) expect(lines).toContain(title);
}

test("whatever is in a flow, Mermaid and Graphviz read from its pictures what its text says", async () => {
  const law = fc.asyncProperty(arbitraryNode, async (node) => {
    const step = new Step(node, NOBODY);
    await check(node, async (format) => step.draw(format));
  });
  await fc.assert(law, parameters);
}, 600_000);

test("whatever states and errors there are, too", async () => {
  const law = fc.asyncProperty(arbitraryNode, fc.array(text, { minLength: 1 }), async (node, words) => {
    const plan = place(node, "F");
    await check(node, (format) => drawSent({ plan, input: [], find: storeOf(words) }, format, {}));
  });
  await fc.assert(law, parameters);
}, 600_000);

test("a flow that was sent is drawn as it was before, but for its states", async () => {
  const law = fc.asyncProperty(arbitraryNode, async (node) => {
    const find = async (): Promise<ReadonlyMap<string, StoredTask>> => new Map();
    const sent = await drawSent({ plan: place(node, "F"), input: [], find }, "text", {});
    expect(sent.replaceAll(" · PENDING", "")).toBe(new Step(node, NOBODY).draw());
  });
  await fc.assert(law, parameters);
}, 600_000);

test("Mermaid and Graphviz do refuse what is no picture", async () => {
  await expect(readMermaid('flowchart LR\n  n0["say("hi")"]')).rejects.toThrow("Parse error");
  expect(() => readDot('digraph { n0 [label="say("hi")"] }')).toThrow("syntax error");
});
