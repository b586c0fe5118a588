import { readFileSync } from "node:fs";
import { join } from "node:path";
import { chain, chord, each, group } from "@umbel/canvas";
import type { AnyStep, AsyncResult, Task } from "@umbel/core";
import { InvalidOption, Umbel } from "@umbel/runtime";
import { describe, expect, test, vi } from "vitest";
import { nodeFromSource } from "../support/child.ts";
import { ROOT, openProject } from "../support/folder.ts";

interface World extends AsyncDisposable {
  readonly add: Task<[x: number, y: number], number>;
  readonly fetch: Task<[name: string], string>;
  readonly parse: Task<[text: string], number>;
  readonly split: Task<[text: string], string[]>;
  readonly save: Task<[rows: unknown], string>;
  readonly sum: Task<[xs: readonly number[]], number>;
  readonly log: Task<[entry: unknown], string>;
}

/** An app in memory. What is parsed has to be a number. */
function openWorld(): World {
  const app = new Umbel("drawing");
  return {
    add: app.task("add", (x: number, y: number) => x + y),
    fetch: app.task("fetch", (name: string) => name.replace(".csv", "")),
    parse: app.task("parse", (text: string) => {
      if (Number.isNaN(Number(text))) throw new RangeError(`"${text}" is no number`);
      return Number(text);
    }),
    split: app.task("split", (text: string) => text.split(" ")),
    save: app.task("save", (rows: unknown) => JSON.stringify(rows)),
    sum: app.task("sum", (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0)),
    log: app.task("log", (entry: unknown) => String(entry)),
    [Symbol.asyncDispose]: () => app.close(),
  };
}

/** Sends a flow and waits for its end, however it ends. */
async function ended(step: AnyStep): Promise<AsyncResult<unknown>> {
  const result = step.apply() as AsyncResult<unknown>;
  await result.get().catch(() => {});
  return result;
}

describe("a flow of which a step failed is drawn with its states and its error", () => {
  const flow = ({ fetch, parse, save, sum }: World): AnyStep =>
    chord([chain(fetch.s("7.csv"), parse.s()), chain(fetch.s("x.csv"), parse.s())], sum.s()).pipe(save.s());

  test("as text", async () => {
    await using world = openWorld();
    const result = await ended(flow(world));
    expect(await result.draw()).toMatchInlineSnapshot(`
      "chain
      ├─ group
      │  ├─ chain
      │  │  ├─ fetch("7.csv") · SUCCESS
      │  │  └─ parse(…) · SUCCESS
      │  └─ chain
      │     ├─ fetch("x.csv") · SUCCESS
      │     └─ parse(…) · FAILURE · RangeError: "x" is no number
      ├─ sum(…) · FAILURE · since parse failed
      └─ save(…) · FAILURE · since parse failed"
    `);
  });

  test("for Mermaid", async () => {
    await using world = openWorld();
    const result = await ended(flow(world));
    expect(await result.draw("mermaid")).toMatchInlineSnapshot(`
      "flowchart LR
        subgraph g0["group"]
          n0["fetch(#quot;7.csv#quot;) · SUCCESS"]
          n1["parse(…) · SUCCESS"]
          n2["fetch(#quot;x.csv#quot;) · SUCCESS"]
          n3["parse(…) · FAILURE · RangeError#58; #quot;x#quot; is no number"]
        end
        n4["sum(…) · FAILURE · since parse failed"]
        n5["save(…) · FAILURE · since parse failed"]
        n0 --> n1
        n2 --> n3
        n1 --> n4
        n3 --> n4
        n4 --> n5
        classDef success fill:#009e73,stroke:#005f45,color:#000000
        class n0,n1,n2 success
        classDef failure fill:#d55e00,stroke:#803800,color:#000000
        class n3 failure
        classDef skipped fill:#ffffff,stroke:#d55e00,color:#000000,stroke-dasharray:4
        class n4,n5 skipped"
    `);
  });

  test("for Graphviz", async () => {
    await using world = openWorld();
    const result = await ended(flow(world));
    expect(await result.draw("dot")).toMatchInlineSnapshot(`
      "digraph {
        rankdir=LR
        node [shape=box, style="rounded,filled", fillcolor="#ffffff"]
        subgraph cluster_g0 {
          label="group"; style="rounded"
          n0 [label="fetch(\\"7.csv\\") · SUCCESS", style="rounded,filled", fillcolor="#009e73", color="#005f45"]
          n1 [label="parse(…) · SUCCESS", style="rounded,filled", fillcolor="#009e73", color="#005f45"]
          n2 [label="fetch(\\"x.csv\\") · SUCCESS", style="rounded,filled", fillcolor="#009e73", color="#005f45"]
          n3 [label="parse(…) · FAILURE · RangeError: \\"x\\" is no number", style="rounded,filled", fillcolor="#d55e00", color="#803800"]
        }
        n4 [label="sum(…) · FAILURE · since parse failed", style="rounded,filled,dashed", fillcolor="#ffffff", color="#d55e00"]
        n5 [label="save(…) · FAILURE · since parse failed", style="rounded,filled,dashed", fillcolor="#ffffff", color="#d55e00"]
        n0 -> n1
        n2 -> n3
        n1 -> n4
        n3 -> n4
        n4 -> n5
      }"
    `);
  });
});

describe("a flow is drawn", () => {
  test("as PENDING before it ran, with what it was sent with", async () => {
    await using world = openWorld();
    const { add, save } = world;
    const result = chain(add.s(2), save.s()).set({ countdownMs: 3_600_000 }).apply(1);
    expect(await result.draw()).toBe("chain\n├─ add(1, 2) · PENDING\n└─ save(…) · PENDING");
    expect(await result.draw("mermaid")).toContain("class n0,n1 pending");
  });

  test("as SUCCESS after it ran, and as PENDING after it was forgotten", async () => {
    await using world = openWorld();
    const result = await ended(chain(world.add.s(1, 2), world.save.s()));
    expect(await result.draw()).toBe("chain\n├─ add(1, 2) · SUCCESS\n└─ save(…) · SUCCESS");
    await result.forget();
    expect(await result.draw()).toBe("chain\n├─ add(1, 2) · SUCCESS\n└─ save(…) · PENDING");
  });

  test("with the state of a group that is joined, and without the task that joins it", async () => {
    await using world = openWorld();
    const { add, sum } = world;
    const members = { pair: group([add.s(1, 1), add.s(2, 2)]), none: group([]), nothing: chain() };
    const result = await ended(group(members).pipe(world.log.s()));
    expect(await result.draw()).toMatchInlineSnapshot(`
      "chain
      ├─ group
      │  ├─ pair: group · SUCCESS
      │  │  ├─ add(1, 1) · SUCCESS
      │  │  └─ add(2, 2) · SUCCESS
      │  ├─ none: group (empty) · SUCCESS
      │  └─ nothing: chain (empty) · SUCCESS
      └─ log(…) · SUCCESS"
    `);
    const twice = await ended(group([add.s(1, 1), add.s(2, 2)]).pipe(group([sum.s(), sum.s()])));
    expect(await twice.draw()).toMatchInlineSnapshot(`
      "chain
      ├─ group · SUCCESS
      │  ├─ add(1, 1) · SUCCESS
      │  └─ add(2, 2) · SUCCESS
      └─ group
         ├─ sum(…) · SUCCESS
         └─ sum(…) · SUCCESS"
    `);
  });

  test("with when a group is decided, where that is not when all its members have ended", async () => {
    await using world = openWorld();
    const result = await ended(group([world.parse.s("1"), world.parse.s("x")], "settled"));
    expect(await result.draw()).toMatchInlineSnapshot(`
      "group settled · SUCCESS
      ├─ parse("1") · SUCCESS
      └─ parse("x") · FAILURE · RangeError: "x" is no number"
    `);
  });

  test("with what is done for each element of a list, of which the number is not known before", async () => {
    await using world = openWorld();
    const { add, parse, save, split } = world;
    const flow = split
      .s("1 2")
      .pipe(each(parse.s().pipe(add.s(1).link(save.s()))))
      .pipe(save.s());
    expect(flow.draw()).toMatchInlineSnapshot(`
      "chain
      ├─ split("1 2")
      ├─ each
      │  └─ chain
      │     ├─ parse(…)
      │     └─ add(…, 1)
      │        └┄ then save(…)
      └─ save(…)"
    `);
    expect(await (await ended(flow)).draw()).toMatchInlineSnapshot(`
      "chain
      ├─ split("1 2") · SUCCESS
      ├─ each
      │  └─ chain
      │     ├─ parse(…)
      │     └─ add(…, 1)
      │        └┄ then save(…)
      └─ save(…) · SUCCESS"
    `);
    const last = await ended(split.s("1 2").pipe(each(parse.s())));
    expect(await last.draw()).toMatchInlineSnapshot(`
      "chain
      ├─ split("1 2") · SUCCESS
      └─ each · SUCCESS
         └─ parse(…)"
    `);
    expect(await last.draw("mermaid")).toMatchInlineSnapshot(`
      "flowchart LR
        n0["split(#quot;1 2#quot;) · SUCCESS"]
        subgraph g0["each · SUCCESS"]
          n1["parse(…)"]
        end
        n0 --> n1
        classDef success fill:#009e73,stroke:#005f45,color:#000000
        class n0 success"
    `);
    expect(await last.parent?.draw()).toBe('split("1 2") · SUCCESS');
  });

  test("with what was linked to it", async () => {
    await using world = openWorld();
    const { add, parse, log } = world;
    const good = await ended(group([add.s(1, 1), add.s(2, 2)]).link(chain(log.s(), log.si("done"))));
    await vi.waitFor(async () => expect(await good.draw()).not.toContain("PENDING"), 10_000);
    expect(await good.draw()).toMatchInlineSnapshot(`
      "chain
      ├─ group
      │  ├─ add(1, 1) · SUCCESS
      │  └─ add(2, 2) · SUCCESS
      └─ umbel.gather(…) · SUCCESS
         └┄ then chain
            ├─ log(…) · SUCCESS
            └─ log("done") · SUCCESS"
    `);
    const bad = await ended(parse.s("x").link(log.s()).linkError(log.s()));
    await vi.waitFor(async () => expect(await bad.draw()).toContain("on error log(…) · SUCCESS"), 10_000);
    expect(await bad.draw()).toMatchInlineSnapshot(`
      "parse("x") · FAILURE · RangeError: "x" is no number
      ├┄ then log(…) · PENDING
      └┄ on error log(…) · SUCCESS"
    `);
  });

  test("up to the result that draws it", async () => {
    await using world = openWorld();
    const { add } = world;
    const member = chain(add.s(5), add.s(6));
    const result = await ended(chain(add.s(1, 1), add.s(2), group([member, add.s(7)])));
    expect(await result.children[0]?.draw()).toBe("chain\n├─ add(…, 5) · SUCCESS\n└─ add(…, 6) · SUCCESS");
    expect(await result.children[0]?.parent?.draw()).toBe("add(…, 5) · SUCCESS");
    expect(await result.children[1]?.draw()).toBe("add(…, 7) · SUCCESS");
    expect(await result.children[1]?.parent?.draw()).toBe(
      "chain\n├─ add(1, 1) · SUCCESS\n└─ add(…, 2) · SUCCESS",
    );
    expect(await result.parent?.parent?.draw()).toBe("add(1, 1) · SUCCESS");
    expect(result.parent?.parent?.parent).toBeNull();
  });

  test("when it is the member that the flow begins with, with what it was sent with", async () => {
    await using world = openWorld();
    const result = group([world.add.s(5), world.add.s(6)]).apply(1);
    await result.get();
    expect(await result.children[1]?.draw()).toBe("add(1, 6) · SUCCESS");
  });

  test("with the states of the members that are not drawn", async () => {
    await using world = openWorld();
    const { parse } = world;
    const result = await ended(group(["1", "x", "2", "y", "3"].map((text) => parse.s(text))));
    expect(await result.draw("text", { limit: 1 })).toBe(
      'group\n├─ parse("1") · SUCCESS\n└─ … 4 more · 2 SUCCESS, 2 FAILURE',
    );
  });

  test("when there is no call in it", async () => {
    const result = group([chain(), group([])]).apply();
    expect(await result.draw()).toBe("group\n├─ chain (empty)\n└─ group (empty)");
    await expect(result.draw("svg" as "dot")).rejects.toThrow(InvalidOption);
  });

  test("in no format that there is not", async () => {
    await using world = openWorld();
    const result = world.add.s(1, 2).apply();
    await expect(result.draw("svg" as "dot")).rejects.toThrow(InvalidOption);
    await result.get();
  });
});

test("docs/drawing.md shows what its program prints", async () => {
  const text = readFileSync(join(ROOT, "docs/drawing.md"), "utf8");
  const [program = "", ...shown] = [...text.matchAll(/```(?:ts|text|mermaid)\n(.*?)```/gs)].map(
    ([, block]) => block,
  );
  await using folder = await openProject({ "main.ts": program });
  await using child = nodeFromSource(["main.ts"], { folder: folder.path });
  expect(await child.ended).toEqual({ code: 0, signal: null });
  expect(child.lines).toEqual(shown.join("").trimEnd().split("\n"));
});
