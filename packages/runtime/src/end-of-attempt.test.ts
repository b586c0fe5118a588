import { chain, group } from "@umbel/canvas";
import type { Message, Step } from "@umbel/core";
import { UmbelError } from "@umbel/core";
import { describe, expect, test } from "vitest";
import { Additions } from "./additions.ts";
import type { Watch } from "./cancels.ts";
import { contextOf } from "./context.ts";
import { endOfAttempt } from "./end-of-attempt.ts";
import { checkedPolicy } from "./retry-policy.ts";
import type { RetryOptions } from "./retry-request.ts";
import { RetryRequest, isRetryRequest, underPolicy } from "./retry-request.ts";
import { Umbel } from "./umbel.ts";

const STAMPS = { stamps: { tenant: "a" } };

const NOW = { queue: "mail", defaultQueue: "celery", nowMs: 1_000, random: 0.5 };

function messageAt(retries: number): Message {
  return {
    ...{
      id: "F",
      task: "mail.send",
      args: [],
      kwargs: {},
      options: { countdownMs: 9 },
      flow: "F",
      parent: null,
    },
    ...{ retries, turn: 7, nonce: "n", suspect: true, next: { steps: [], join: null }, claim: "F.0" },
    ...{ replyTo: "me", callbacks: [], errbacks: [], etaMs: 5, expiresMs: 6 },
  };
}

function end(asked: RetryOptions, retries = 0, options = {}) {
  const thrown = underPolicy(new RetryRequest(asked), checkedPolicy("mail.send", options));
  return endOfAttempt(thrown, messageAt(retries), NOW);
}

test("an attempt that asks for another ends in a retry, with the message of the next one", () => {
  const error = Object.assign(new TypeError("no"), { code: "E_NO" });
  expect(end({ error, countdownMs: 20 })).toEqual({
    state: "RETRY",
    failure: {
      ...{ name: "TypeError", message: "no", code: "E_NO", stack: error.stack },
      task: "mail.send",
      id: "F",
      errors: [],
    },
    next: {
      ...messageAt(1),
      ...{ options: { queue: "mail" }, parent: "F", turn: 8, nonce: null, suspect: false, etaMs: 1_020 },
    },
  });
});

describe("the delay is", () => {
  const etaOf = (asked: RetryOptions, options = {}, retries = 0) => {
    const ended = end(asked, retries, { maxRetries: null, ...options });
    return ended.state === "RETRY" ? (ended.next.etaMs ?? 0) - NOW.nowMs : null;
  };

  test("what was asked for", () => expect(etaOf({ countdownMs: 0.4 }, { retryDelayMs: 7 })).toBe(0));
  test("or the task's", () => expect(etaOf({}, { retryDelayMs: 7 })).toBe(7));
  test("or its backoff, by the attempts before", () => {
    expect(etaOf({}, { retryBackoff: true }, 3)).toBe(4_000);
  });
});

describe("when the limit is reached", () => {
  test.each<[told: string, asked: RetryOptions, options: object, retries: number, isLast: boolean]>([
    ["three by default", {}, {}, 2, false],
    ["three by default", {}, {}, 3, true],
    ["the task's", {}, { maxRetries: 0 }, 0, true],
    ["what was asked for goes before it", { maxRetries: 5 }, { maxRetries: 0 }, 4, false],
    ["what was asked for goes before it", { maxRetries: 1 }, { maxRetries: 9 }, 1, true],
    ["none", { maxRetries: null }, {}, 1_000_000, false],
    ["none of the task's", {}, { maxRetries: null }, 1_000_000, false],
  ])("(%s) %j %j after %i", (_, asked, options, retries, isLast) => {
    expect(end(asked, retries, options).state).toBe(isLast ? "FAILURE" : "RETRY");
  });

  test("the task fails with RETRY_EXHAUSTED, and the last failure is its cause", () => {
    const error = Object.assign(new TypeError("no"), { code: "E_NO" });
    const last = { name: "TypeError", message: "no", code: "E_NO", stack: error.stack };
    expect(end({ error }, 3)).toEqual({
      state: "FAILURE",
      failure: {
        ...{
          name: "RetryExhausted",
          code: "RETRY_EXHAUSTED",
          stack: error.stack,
          task: "mail.send",
          id: "F",
        },
        message: "mail.send was given up after 4 attempts; the last one failed with TypeError: no",
        errors: [],
        cause: { ...last, task: "mail.send", id: "F", errors: [] },
      },
    });
  });

  test("and after the only attempt it says so", () => {
    expect(end({ error: "text" }, 0, { maxRetries: 0 })).toMatchObject({
      failure: { message: "mail.send was given up after 1 attempt; the last one failed with NonError: text" },
    });
  });
});

test("an error that is no request is a failure, whatever the attempt", () => {
  expect(endOfAttempt(new TypeError("no"), messageAt(0), NOW)).toMatchObject({
    state: "FAILURE",
    failure: { name: "TypeError", message: "no" },
  });
});

describe("a request", () => {
  test("is an error to be thrown, and none that is caught with ours", () => {
    const cause = new Error("why");
    const request = new RetryRequest({ error: cause });
    expect(request).toBeInstanceOf(Error);
    expect(request).not.toBeInstanceOf(UmbelError);
    expect(request.cause).toBe(cause);
  });

  test("is known by its mark, so that of another copy of the package, too", () => {
    expect(isRetryRequest({ [Symbol.for("umbel.retry")]: true, options: {}, policy: null })).toBe(true);
    for (const other of [null, undefined, 5, new Error(), {}]) expect(isRetryRequest(other)).toBe(false);
  });

  test("whose options are out of bounds is refused where it is made", () => {
    expect(() => new RetryRequest({ countdownMs: -1 })).toThrow("the countdownMs of ctx.retry is -1");
    expect(() => new RetryRequest({ maxRetries: 0.5 })).toThrow("the maxRetries of ctx.retry is 0.5");
  });
});

describe("a step that takes the task's place", () => {
  const app = new Umbel("shop");
  const add = app.task("add", (x: number, y: number) => x + y);
  const ctx = contextOf(
    messageAt(0),
    { signal: new AbortController().signal } as Watch,
    new AbortController().signal,
    new Additions(messageAt(0), { sender: app, queue: "celery" }),
  );

  test("has to be a step with a call in it, and to need no input", () => {
    const wrong: readonly unknown[] = [undefined, 7, add, chain(), group([])];
    const said = wrong.map((step) => messageOf(() => ctx.replace(step as Step<[], unknown>)));
    expect(said).toMatchInlineSnapshot(`
      [
        "INVALID_FLOW: ctx.replace takes a step, such as add.s(1, 2) or a chain of steps",
        "INVALID_FLOW: ctx.replace takes a step, such as add.s(1, 2) or a chain of steps",
        "INVALID_FLOW: ctx.replace takes a step, such as add.s(1, 2) or a chain of steps",
        "INVALID_FLOW: ctx.replace got a step without a call; return the value instead",
        "INVALID_FLOW: ctx.replace got a step without a call; return the value instead",
      ]
    `);
  });

  test("has the stamps of its flow, and is ended on the task's own queue", () => {
    const stamped = { ...messageAt(0), options: STAMPS };
    const chained = chain(add.s(1, 2), add.s(3));
    expect(endOfAttempt(ctx.replace(chained), stamped, NOW)).toMatchObject({
      state: "REPLACED",
      next: {
        next: {
          steps: [{ options: STAMPS }, { options: STAMPS }, { id: "F", turn: 8, options: { queue: "mail" } }],
        },
      },
    });
  });

  test("is refused to a task that has had ten thousand turns", () => {
    const last = { ...messageAt(0), turn: 9_999 };
    expect(endOfAttempt(ctx.replace(add.s(1, 2)), last, NOW)).toMatchObject({ next: { turn: 10_000 } });
    expect(endOfAttempt(ctx.replace(add.s(1, 2)), { ...last, turn: 10_000 }, NOW)).toMatchObject({
      state: "FAILURE",
      failure: { code: "INVALID_FLOW", message: expect.stringContaining("10000 turns") },
    });
  });
});

function messageOf(run: () => unknown): string {
  try {
    run();
    return "nothing was thrown";
  } catch (error) {
    return `${(error as { readonly code?: string }).code}: ${(error as Error).message}`;
  }
}
