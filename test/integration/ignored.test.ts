import { chain, chord, group } from "@umbel/canvas";
import { Umbel, onEvent } from "@umbel/runtime";
import { afterAll, describe, expect, test } from "vitest";

const app = new Umbel("ignored");
const add = app.task("add", (x: number, y: number) => x + y);
const sum = app.task("sum", (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0));
const boom = app.task("boom", { ignoreResult: true }, () => {
  throw new Error("boom");
});
let hear: (what: unknown) => void = () => {};
const tell = app.task("tell", { ignoreResult: true }, (what: unknown) => hear(what));
const call = tell.s("heard");

afterAll(() => app.close());

/** What `tell` is called with next. */
async function heard(act: () => unknown): Promise<unknown> {
  const told = new Promise((resolve) => (hear = resolve));
  act();
  return told;
}

describe("a call with ignoreResult, by which nothing goes,", () => {
  test("runs, and leaves nothing behind", async () => {
    const result = call.apply();
    expect(await heard(() => result)).toBe("heard");
    await add.s(1, 1).apply().get(); // what was stored would be by now
    expect(await result.state()).toBe("PENDING");
  });

  test("gives whoever asks an error that says why there is no result", async () => {
    await expect(call.apply().get()).rejects.toThrow(
      expect.objectContaining({ code: "RESULT_IGNORED", message: expect.stringContaining("(tell)") }),
    );
    await expect(
      group([add.s(1, 1), call])
        .apply()
        .get(),
    ).rejects.toThrow("sent with ignoreResult");
    await expect(chain(add.s(1, 1), boom.si()).apply().get()).rejects.toThrow("sent with ignoreResult");
  });

  test("is told of when it fails", async () => {
    const failed = new Promise<string>((resolve) => {
      const end = onEvent((event) =>
        event.type === "task.failed" && event.app === "ignored" ? (end(), resolve(event.error)) : undefined,
      );
    });
    boom.s().apply();
    expect(await failed).toBe("Error: boom");
  });

  test("gets the result before it, which can be had", async () => {
    const result = chain(add.s(1, 2), tell.s()).apply();
    expect(await heard(() => result)).toBe(3);
    expect(await result.parent?.get()).toBe(3);
  });

  test("does not keep who follows its flow waiting for its end", async () => {
    const result = chain(add.s(1, 2), add.s(1), tell.s()).apply();
    const succeeded: string[] = [];
    for await (const event of result.events()) if (event.type === "succeeded") succeeded.push(event.task);
    expect(succeeded).toEqual(["add", "add"]);
    expect(() => call.apply().events()).toThrow(expect.objectContaining({ code: "RESULT_IGNORED" }));
  });
});

describe("ignoreResult means nothing where something goes by the end:", () => {
  const ignored = add.s(1, 1).set({ ignoreResult: true });

  test.each([
    ["a step that another follows", chain(ignored, add.s(1)), 3],
    ["a member of a group with a body", chord([ignored, ignored], sum.s()), 4],
    ["a body", chord([add.s(1, 1)], sum.s().set({ ignoreResult: true })), 2],
    ["an exclusive call", ignored.set({ exclusive: true }), 2],
    ["a call with a link", ignored.link(add.si(0, 0)), 2],
    [
      "the last step of such a member",
      group([chain(add.s(0, 0), add.s(1).set({ ignoreResult: true }))]).pipe(sum.s()),
      1,
    ],
    ["what may have to be undone", ignored.compensate(tell.s()), 2],
  ] as const)("%s", async (_, flow, value) => {
    expect(await flow.apply().get()).toBe(value);
  });

  test("a failure with a handler has its report", async () => {
    const told = await heard(() =>
      boom
        .s()
        .onFailure(tell.s())
        .apply()
        .get()
        .catch(() => {}),
    );
    expect(told).toMatchObject({ message: "boom" });
  });
});
