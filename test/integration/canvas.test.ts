import { chain, chord, each, group } from "@umbel/canvas";
import type { Step } from "@umbel/core";
import { Umbel } from "@umbel/runtime";
import { afterAll, describe, expect, test } from "vitest";

const app = new Umbel("canvas", { queue: "mine" });
const add = app.task("add", (x: number, y: number) => x + y);
const sum = app.task("sum", (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0));
const entries = app.task("entries", (record: Readonly<Record<string, unknown>>) => Object.entries(record));
const pick = app.task(
  "pick",
  (from: unknown, field: string) => (from as Record<string, string>)[field] ?? null,
);
const boom = app.task("boom", (text: string): number => {
  throw new Error(text);
});
const greet = app.task(
  "greet",
  (name: string, named: { readonly greeting?: string } = {}) => `${named.greeting ?? "Hello"} ${name}`,
);
const context = app.task("context", { bind: true }, ({ headers, stamps }) => ({ headers, stamps }));

/** Waits for the side flows, in whatever order they end. */
const heard: unknown[] = [];
let awaited: { readonly count: number; readonly done: () => void } | null = null;
const hear = app.task("hear", (what: unknown) => {
  heard.push(what);
  if (awaited !== null && heard.length === awaited.count) awaited.done();
  return what;
});

async function hearing(count: number, act: () => Promise<unknown>): Promise<readonly unknown[]> {
  heard.length = 0;
  const all = new Promise<void>((done) => (awaited = { count, done }));
  await act();
  await all;
  return [...heard];
}

afterAll(() => app.close());

describe("a group of a record", () => {
  const record = group({ four: add.s(2, 2), six: add.s(3, 3) });

  test("has a record as its result", async () => {
    expect(await record.apply().get()).toEqual({ four: 4, six: 6 });
  });

  test("gives its body the record", async () => {
    expect(await record.pipe(entries.s()).apply().get()).toEqual([
      ["four", 4],
      ["six", 6],
    ]);
    expect(
      await chord({ a: add.s(1, 1) }, entries.s())
        .apply()
        .get(),
    ).toEqual([["a", 2]]);
  });

  test("may be a member, a body, and empty", async () => {
    const nested = group({ inner: record, list: group([add.s(1, 1)]) });
    expect(await nested.apply().get()).toEqual({ inner: { four: 4, six: 6 }, list: [2] });
    expect(await nested.pipe(entries.s()).apply().get()).toEqual([
      ["inner", { four: 4, six: 6 }],
      ["list", [2]],
    ]);
    expect(
      await add
        .s(1, 1)
        .pipe(group({ a: add.s(1), b: add.s(2) }))
        .apply()
        .get(),
    ).toEqual({ a: 3, b: 4 });
    expect(await group({}).pipe(entries.s()).apply().get()).toEqual([]);
    expect(await add.s(1, 1).pipe(group({})).apply().get()).toEqual({});
  });
});

describe("an empty group", () => {
  test("is an empty list, wherever it stands", async () => {
    expect(await group([]).pipe(sum.s()).apply().get()).toBe(0);
    expect(await add.s(1, 1).pipe(group([])).apply().get()).toEqual([]);
    expect(
      await add
        .s(1, 1)
        .pipe(group([group([]), add.s(1)]))
        .apply()
        .get(),
    ).toEqual([[], 3]);
    expect(
      await chord([], group([sum.s(), sum.s()]))
        .apply()
        .get(),
    ).toEqual([0, 0]);
    expect(await group([]).pipe(group([])).pipe(sum.s()).apply().get()).toBe(0);
  });

  test("after a step that fails fails", async () => {
    await expect(boom.s("no").pipe(group([])).apply().get()).rejects.toThrow("no");
    await expect(
      boom
        .s("no")
        .pipe(group([group([])]))
        .apply()
        .get(),
    ).rejects.toThrow("no");
  });
});

test("an empty chain gives what it gets", async () => {
  expect(await chain(add.s(1, 1), chain<number>(), add.s(1)).apply().get()).toBe(3);
  expect(
    await add
      .s(1, 1)
      .pipe(group([chain<number>(), add.s(1)]))
      .apply()
      .get(),
  ).toEqual([2, 3]);
});

describe("the body of a chord", () => {
  test("may be a group, a chord, a chain", async () => {
    const header = [add.s(1, 1), add.s(2, 2)] as const;
    expect(
      await chord(header, group([sum.s(), sum.s()]))
        .apply()
        .get(),
    ).toEqual([6, 6]);
    expect(
      await chord(header, chord([sum.s(), sum.s()], sum.s()))
        .apply()
        .get(),
    ).toBe(12);
    expect(
      await chord(header, chain(sum.s(), add.s(1)))
        .pipe(add.s(1))
        .apply()
        .get(),
    ).toBe(8);
  });

  test("that is a group is followed by what comes once", async () => {
    const flow = chord([add.s(1, 1)], group([sum.s(), sum.s()]))
      .pipe(sum.s())
      .pipe(hear.s());
    expect(await hearing(1, () => flow.apply().get())).toEqual([4]);
  });
});

describe("a policy", () => {
  const members = [boom.si("a"), add.s(1, 1), boom.si("b")] as const;

  test("any gives the first success, or all failures", async () => {
    expect(await group(members, "any").apply().get()).toBe(2);
    expect(await group(members, "any").pipe(add.s(1)).apply().get()).toBe(3);
    const none = group([boom.si("a"), boom.si("b")], "any")
      .apply()
      .get();
    await expect(none).rejects.toMatchObject({ errorMessage: "a", errors: [{}, {}] });
  });

  test("race gives what ends first", async () => {
    expect(
      await group([add.s(1, 1)], "race")
        .apply()
        .get(),
    ).toBe(2);
    await expect(
      group([boom.si("a")], "race")
        .apply()
        .get(),
    ).rejects.toMatchObject({ errorMessage: "a" });
  });

  test("quorum gives so many, or fails when they are out of reach", async () => {
    const three = [add.s(1, 1), boom.si("a"), add.s(2, 2)] as const;
    expect(await group(three, { quorum: 2 }).apply().get()).toEqual([2, 4]);
    await expect(group(three, { quorum: 3 }).apply().get()).rejects.toMatchObject({ errorMessage: "a" });
  });

  test("settled gives how each ended, and does not fail", async () => {
    const ended = await group({ good: add.s(1, 1), bad: boom.si("a") }, "settled")
      .apply()
      .get();
    expect(ended).toMatchObject({
      good: { status: "fulfilled", value: 2 },
      bad: { status: "rejected", reason: { name: "Error", message: "a", task: "boom" } },
    });
    expect(await group([], "settled").apply().get()).toEqual([]);
  });

  test("holds for a group in a group", async () => {
    const inner = group([boom.si("a"), add.s(1, 1)], "any");
    expect(
      await group([inner, group([inner], "settled")])
        .apply()
        .get(),
    ).toEqual([2, [{ status: "fulfilled", value: 2 }]]);
  });

  test("that can never be fulfilled is refused", () => {
    expect(() => group([], "any")).toThrow("a group of 0 can never have 1 successes, which its policy needs");
    expect(() => group([add.s(1, 1)], { quorum: 2 })).toThrow(/^a group of 1 can never have 2/);
    expect(() => group([add.s(1, 1)], { quorum: 0 })).toThrow(/quorum of a group is 0/);
    expect(() => group([add.s(1, 1)], "most" as "any")).toThrow(
      'the policy of a group is "most"; it has to be "all",',
    );
  });
});

describe("each", () => {
  const range = app.task("range", (n: number) => Array.from({ length: n }, (_, i) => i));
  const positive = app.task("positive", (n: number) => {
    if (n < 1) throw new RangeError(`${n} is not positive`);
    return n;
  });

  test("runs a step for each element of the list that comes, in its order", async () => {
    expect(
      await range
        .s(4)
        .pipe(each(add.s(10)))
        .apply()
        .get(),
    ).toEqual([10, 11, 12, 13]);
    expect(
      await range
        .s(3)
        .pipe(each(chain(add.s(1), add.s(1))))
        .pipe(sum.s())
        .apply()
        .get(),
    ).toBe(9);
    expect(
      await range
        .s(3)
        .pipe(each(group([add.s(1), add.s(2)])))
        .apply()
        .get(),
    ).toEqual([
      [1, 2],
      [2, 3],
      [3, 4],
    ]);
    expect(await each(add.s(1)).apply([5, 6]).get()).toEqual([6, 7]);
  });

  test("of an empty list is an empty list", async () => {
    expect(
      await range
        .s(0)
        .pipe(each(add.s(10)))
        .apply()
        .get(),
    ).toEqual([]);
    expect(
      await range
        .s(0)
        .pipe(each(add.s(10)))
        .pipe(sum.s())
        .apply()
        .get(),
    ).toBe(0);
  });

  test("may follow a group, be a member, and hold another", async () => {
    expect(
      await group([add.s(1, 1), add.s(2, 2)])
        .pipe(each(add.s(1)))
        .apply()
        .get(),
    ).toEqual([3, 5]);
    const lists = range.s(2).pipe(group([each(add.s(1)), each(add.s(2))]));
    expect(await lists.apply().get()).toEqual([
      [1, 2],
      [2, 3],
    ]);
    expect(
      await range
        .s(3)
        .pipe(each(range.s()))
        .pipe(each(each(add.s(5))))
        .apply()
        .get(),
    ).toEqual([[], [5], [5, 6]]);
  });

  test("with a size handles so many in a message, with the same result", async () => {
    expect(
      await range
        .s(5)
        .pipe(each(add.s(10), { size: 2 }))
        .apply()
        .get(),
    ).toEqual([10, 11, 12, 13, 14]);
    expect(
      await range
        .s(0)
        .pipe(each(add.s(10), { size: 2 }))
        .apply()
        .get(),
    ).toEqual([]);
    expect(() => each(chain(add.s(1), add.s(1)), { size: 2 })).toThrow("each with a size takes one call");
    expect(() => each(add.s(1), { size: 0 })).toThrow(
      "the size of each is 0; it has to be an integer from 1",
    );
    expect(() => each(add.s(1), { size: 2, policy: "any" })).toThrow("it can have one of them");
  });

  test("has the policies of groups", async () => {
    expect(
      await range
        .s(3)
        .pipe(each(positive.s(), { policy: "any" }))
        .apply()
        .get(),
    ).toBeGreaterThan(0);
    expect(
      await range
        .s(2)
        .pipe(each(positive.s(), { policy: "settled" }))
        .apply()
        .get(),
    ).toMatchObject([{ status: "rejected" }, { status: "fulfilled", value: 1 }]);
    await expect(
      range
        .s(0)
        .pipe(each(positive.s(), { policy: "any" }))
        .apply()
        .get(),
    ).rejects.toThrow("each got a list of 0, of which its policy can never have what it needs");
    await expect(range.s(3).pipe(each(positive.s())).apply().get()).rejects.toThrow("0 is not positive");
  });

  test("of what is no list fails, and all that waits for it", async () => {
    const wrong = add.s(1, 1) as unknown as Step<[], readonly number[]>;
    const flow = group([wrong.pipe(each(add.s(1))), add.s(1, 1)]).pipe(hear.s());
    await expect(flow.apply().get()).rejects.toThrow("each spreads a list, and got 2");
  });

  test("of ten thousand elements joins them", async () => {
    expect(
      await range
        .s(10_000)
        .pipe(each(add.s(1)))
        .pipe(sum.s())
        .apply()
        .get(),
    ).toBe(50_005_000);
  });
});

describe("a link", () => {
  test("begins with the result, and changes nothing", async () => {
    const flow = add.s(1, 1).link(hear.s()).pipe(add.s(5));
    expect(await hearing(1, async () => expect(await flow.apply().get()).toBe(7))).toEqual([2]);
  });

  test("of a group begins once, with the list", async () => {
    const flow = group([add.s(1, 1), add.s(2, 2)]).link(hear.s());
    expect(await hearing(1, async () => expect(await flow.apply().get()).toEqual([2, 4]))).toEqual([[2, 4]]);
  });

  test("may be any flow", async () => {
    const side = chain(group([add.s(1), add.s(2)]), sum.s(), hear.s());
    expect(await hearing(1, () => add.s(1, 1).link(side).apply().get())).toEqual([7]);
  });

  test("of errors begins with the id of what failed", async () => {
    const result = add.s(1, 1).pipe(boom.si("no")).pipe(add.s(1)).onError(hear.s()).apply();
    const ids = await hearing(1, () => expect(result.get()).rejects.toThrow("no"));
    expect(ids).toEqual([result.parent?.id]);
  });

  test("of errors on a chord begins once, with the id of its body", async () => {
    const result = chord([boom.si("a"), boom.si("b"), add.s(1, 1)], sum.s())
      .linkError(hear.s())
      .apply();
    const ids = await hearing(1, () => expect(result.get()).rejects.toThrow("a"));
    expect(ids).toEqual([result.id]);
  });

  test("of errors on a group begins for each member that fails", async () => {
    const result = group([boom.si("a"), boom.si("b"), add.s(1, 1)])
      .linkError(hear.s())
      .apply();
    const ids = await hearing(2, () => expect(result.get()).rejects.toThrow("a"));
    expect(new Set(ids)).toEqual(new Set(result.children.slice(0, 2).map(({ id }) => id)));
  });
});

describe("a handler of failures", () => {
  test("begins once, with what failed and where", async () => {
    const flow = chord([add.s(1, 1), boom.si("a"), boom.si("b")], sum.s()).onFailure(hear.s());
    const heardOf = await hearing(1, () => expect(flow.apply().get()).rejects.toThrow("a"));
    expect(heardOf).toMatchObject([
      {
        task: "boom",
        index: 1,
        message: "a",
        name: "Error",
        errors: [{ index: 1 }, { index: 2, message: "b" }],
      },
    ]);
  });

  test("may be a flow, of a call, of a chain, or of a group at the end", async () => {
    const handler = chain(pick.s("message"), hear.s());
    const fail = (flow: Step<[], unknown>) =>
      hearing(1, () => expect(flow.apply().get()).rejects.toThrow("no"));
    expect(await fail(boom.s("no").onFailure(handler))).toEqual(["no"]);
    expect(await fail(chain(add.s(1, 1), boom.si("no"), add.s(1)).onFailure(handler))).toEqual(["no"]);
    expect(await fail(group([boom.s("no"), boom.s("no")]).onFailure(handler))).toEqual(["no"]);
  });
});

describe("an exclusive call", () => {
  test("runs as any other, wherever it stands", async () => {
    const alone = add.s(1, 1).set({ exclusive: true });
    expect(await alone.apply().get()).toBe(2);
    expect(await group([alone, alone]).apply().get()).toEqual([2, 2]);
    expect(
      await chord([alone, add.s(1, 1)], sum.s().set({ exclusive: true }))
        .pipe(add.s(1))
        .apply()
        .get(),
    ).toBe(5);
  });
});

describe("what is said of a call", () => {
  test("its keyword arguments are behind its arguments", async () => {
    expect(await greet.s("you").kwargs({ greeting: "Bye" }).apply().get()).toBe("Bye you");
    expect(await greet.s().kwargs({ greeting: "Hi" }).kwargs({ greeting: "Yo" }).apply("me").get()).toBe(
      "Yo me",
    );
  });

  test("its headers and stamps reach its handler", async () => {
    const flow = chain(context.s(), group([context.si()]))
      .set({ headers: { x: 1 } })
      .stamp({ tenant: "acme" });
    const said = { headers: { x: 1 }, stamps: { tenant: "acme" } };
    expect(await flow.apply().get()).toEqual([said]);
  });

  test("more arguments are bound in front", async () => {
    expect(await add.s(1).clone(2).apply().get()).toBe(3);
    expect(await chain(add.s(1), add.s(1)).clone(2).apply().get()).toBe(4);
    expect(
      await group([add.s(1), add.s(2)])
        .clone(2)
        .apply()
        .get(),
    ).toEqual([3, 4]);
  });

  test("is in its JSON, and comes back from it", async () => {
    const flow = chain(add.s(1, 1), group({ a: add.s(1), b: add.s(2) }), entries.s());
    const again = app.fromJSON(JSON.parse(JSON.stringify(flow)));
    expect(again.node).toEqual(flow.node);
    expect(await again.apply().get()).toEqual([
      ["a", 3],
      ["b", 4],
    ]);
  });
});
