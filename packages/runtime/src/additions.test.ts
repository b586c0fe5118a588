import { chain, chord, each, group } from "@umbel/canvas";
import type { Step, Task } from "@umbel/core";
import { InvalidFlow } from "@umbel/core";
import { describe, expect, onTestFinished, test } from "vitest";
import type { TaskContext } from "./context.ts";
import { Umbel } from "./umbel.ts";

function openWorld(name = "books") {
  const app = new Umbel(name);
  onTestFinished(() => app.close());
  const bind = { bind: true } as const;
  return {
    app,
    one: app.task("one", () => 1),
    inc: app.task("inc", (n: number) => n + 1),
    list: app.task("list", (given: unknown) => given),
    /** A task `asks` whose handler does this with its context. */
    asks: (act: (context: TaskContext) => unknown) =>
      app.task("asks", bind, (context, _given: unknown) => (act(context), "asked")),
  };
}

type World = ReturnType<typeof openWorld>;

/** A flow with a task in it that adds. */
type Flow = (asks: Task<[_given: unknown], string>, world: World) => Step<[], unknown>;

/** What `asks` was told when it added a step in this flow; null where it was not refused. */
async function refusalIn(
  flow: Flow,
  step: (world: World) => Step<[], unknown> = ({ one }) => one.s(),
): Promise<string | null> {
  const world = openWorld();
  let told: string | null = null;
  const asks = world.asks((context) => {
    try {
      context.addToChord(step(world));
    } catch (error) {
      if (!(error instanceof InvalidFlow)) throw error;
      told = error.message.replace(/^\S+ in \S+: /, "");
    }
  });
  await flow(asks, world).apply().get();
  return told;
}

const HERE: Flow = (asks, { list }) => chord([asks.s(null)], list.s());

describe("who may add: the last step of a member of a group that something waits for", () => {
  test.each<readonly [string, Flow]>([
    ["a member of a chord", (asks, { list }) => chord([asks.s(null)], list.s())],
    ["the end of a chain in one", (asks, { list, one }) => chord([chain(one.s(), asks.s())], list.s())],
    ["a member of a settled group", (asks) => group([asks.s(null)], "settled")],
    [
      "a member of an inner group",
      (asks, { list }) => group([group([asks.s(null)]), group([asks.s(null)])]).pipe(list.s()),
    ],
    ["the body of an inner chord", (asks, { list, one }) => chord([chord([one.s()], asks.s())], list.s())],
  ])("%s", async (_, flow) => expect(await refusalIn(flow)).toBeNull());

  test.each<readonly [string, Flow, string]>([
    [
      "a task that others follow",
      (asks, { list }) => chord([chain(asks.s(null), list.s())], list.s()),
      "other steps follow it; only the last step of a member of a group can add to the group",
    ],
    [
      "a task of no group",
      (asks) => asks.s(null),
      "it ends no member of a group that something waits for; pipe the group into a step, which gets the results",
    ],
    [
      "a member of a group that nothing waits for",
      (asks) => group([asks.s(null)]),
      "it ends no member of a group that something waits for; pipe the group into a step, which gets the results",
    ],
    [
      "a body, to its own group",
      (asks, { one }) => chord([one.s()], asks.s()),
      "it ends no member of a group that something waits for; pipe the group into a step, which gets the results",
    ],
    [
      "a member of a race",
      (asks) => group([asks.s(null)], "any"),
      'its group is decided before all its members have ended; the policy has to be "all" or "settled"',
    ],
    [
      "a member of a quorum",
      (asks) => group([asks.s(null)], { quorum: 1 }),
      'its group is decided before all its members have ended; the policy has to be "all" or "settled"',
    ],
    [
      "a member of a record",
      (asks, { list }) => group({ a: asks.s(null) }).pipe(list.s()),
      "its group is a record, and what is added has no key; make it a group of a list",
    ],
  ])("not %s", async (_, flow, text) => expect(await refusalIn(flow)).toBe(text));

  test("not an item of a map, or of an each with a size", async () => {
    const text =
      "its message has several calls (map, starmap, chunks or each with a size); only a call of its own can add";
    const world = openWorld();
    const told: unknown[] = [];
    const adds = world.app.task("adds", { bind: true }, (context, n: number) => {
      try {
        context.addToChord(world.one.s());
      } catch (error) {
        told.push((error as Error).message.replace(/^\S+ in \S+: /, ""));
      }
      return n;
    });
    await chord([adds.map([1, 2])], world.list.s())
      .apply()
      .get();
    const numbers = world.app.task("numbers", () => [1, 2]);
    const sized = numbers.s().pipe(each(adds.s(), { size: 2 }));
    await sized.pipe(world.list.s()).apply().get();
    expect(told).toEqual([text, text, text, text]);
  });
});

describe("what may be added:", () => {
  test("any step with a call; groups and chains too", async () => {
    expect(await refusalIn(HERE, ({ one, inc }) => chain(one.s(), inc.s()))).toBeNull();
    expect(await refusalIn(HERE, ({ one }) => group([one.s(), one.s()]))).toBeNull();
  });

  test("not a step without a call", async () => {
    expect(await refusalIn(HERE, () => group([]))).toBe(
      "the step has no call in it, so that nothing would run",
    );
    expect(await refusalIn(HERE, () => chain() as never)).toBe(
      "the step has no call in it, so that nothing would run",
    );
  });

  test("not what is no step", async () => {
    expect(await refusalIn(HERE, ({ one }) => one as never)).toBe(
      "it takes a step, such as `task.s(1)`, and got a task without its arguments",
    );
    expect(await refusalIn(HERE, () => undefined as never)).toBe(
      "it takes a step, such as `task.s(1)`, and got undefined",
    );
  });

  test("not a step of another app", async () => {
    const other = openWorld("ledger");
    const world = openWorld();
    const asks = world.asks((context) => context.addToChord(other.one.s()));
    const result = chord([asks.s(null)], world.list.s()).apply();
    await expect(result.get()).rejects.toMatchObject({
      errorCode: "INVALID_FLOW",
      errorMessage: 'one flow has steps of two apps ("books" and "ledger"); define its tasks on one app',
    });
  });

  test("1,000 steps of one member, and no more", async () => {
    const world = openWorld();
    let told = "";
    const asks = world.asks((context) => {
      for (let i = 0; i < 1_000; i += 1) context.addToChord(world.inc.s(i));
      try {
        context.addToChord(world.one.s());
      } catch (error) {
        told = (error as Error).message.replace(/^\S+ in \S+: /, "");
      }
    });
    const given = await chord([asks.s(null)], world.list.s())
      .apply()
      .get();
    expect(told).toBe("1000 steps were added, and one member can add no more; add groups of them");
    expect(given).toEqual(["asked", ...Array.from({ length: 1_000 }, (_, i) => i + 1)]);
  });

  test("what was added may add, over 50 levels", async () => {
    const { app, list } = openWorld();
    const deeper = app.task("deeper", { bind: true }, (context, level: number): number => {
      context.addToChord(app.task<(level: number) => number>("deeper").s(level + 1));
      return level;
    });
    const result = group([deeper.s(0)], "settled")
      .pipe(list.s())
      .apply();
    const given = (await result.get()) as { status: string; reason?: { message: string } }[];
    expect(given.map(({ status }) => status)).toEqual([
      ...Array.from({ length: 50 }, () => "fulfilled"),
      "rejected",
    ]);
    expect(given.at(-1)?.reason?.message).toMatch(
      /^addToChord in \S+: it was added itself, over 50 levels; that is the most$/,
    );
  });
});

test("an addition after the handler has ended is refused, and changes nothing", async () => {
  const world = openWorld();
  let late = (): void => {};
  const asks = world.asks((context) => (late = () => context.addToChord(world.one.s())));
  expect(
    await chord([asks.s(null)], world.list.s())
      .apply()
      .get(),
  ).toEqual(["asked"]);
  expect(late).toThrow(/^addToChord in \S+: its handler has ended; await what calls it before you return$/);
});

describe("with ctx.replace", () => {
  const text =
    /^ctx\.replace in \S+: the handler had added a step to its group, and a task whose place is taken adds nothing; /;
  const failure = { errorCode: "INVALID_FLOW", errorMessage: expect.stringMatching(text) };

  test("a task that has added cannot be replaced: the handler hears it where it asks", async () => {
    const world = openWorld();
    let told: unknown;
    const asks = world.asks((context) => {
      context.addToChord(world.one.s());
      try {
        context.replace(world.one.s());
      } catch (error) {
        told = error;
      }
    });
    const result = chord([asks.s(null)], world.list.s()).apply();
    expect(await result.get()).toEqual(["asked", 1]);
    expect(told).toBeInstanceOf(InvalidFlow);
    expect((told as Error).message).toMatch(text);
  });

  test.each(["thrown", "returned"] as const)("nor by a replacement from before, %s", async (how) => {
    const world = openWorld();
    const asks = world.app.task("swaps", { bind: true }, (context) => {
      const replacement = context.replace(world.one.s());
      context.addToChord(world.one.s());
      if (how === "thrown") throw replacement;
      return replacement;
    });
    const result = chord([asks.s()], world.list.s()).apply();
    await expect(result.get()).rejects.toMatchObject(failure);
  });

  test("one call that takes a member's place may add", async () => {
    const world = openWorld();
    const asks = world.asks((context) => context.addToChord(world.inc.s(6)));
    const swaps = world.app.task("swaps", { bind: true }, (context) => context.replace(asks.s(null)));
    expect(await chord([swaps.s(), world.one.s()], world.list.s()).apply().get()).toEqual(["asked", 1, 7]);
  });

  test("one of several steps in a member's place may not, be it the last of them", async () => {
    const world = openWorld();
    const asks = world.asks((context) => context.addToChord(world.one.s()));
    const swaps = world.app.task("swaps", { bind: true }, (context) =>
      context.replace(chain(world.one.s(), asks.s())),
    );
    const result = chord([swaps.s()], world.list.s()).apply();
    await expect(result.get()).rejects.toMatchObject({
      errorMessage: expect.stringMatching(
        /: it is one of several steps that took a task's place, which end together; only one call in that place can add$/,
      ),
    });
  });
});
