import { BrokerUnavailable, InvalidOption, StoreUnavailable } from "@umbel/core";
import { expect, test } from "vitest";
import type { Umbel } from "../umbel.ts";
import { Log } from "./log.ts";
import { isCurable, startWorker } from "./start.ts";

const refused = Object.assign(new Error("Authentication failed."), { code: 18 });

test.each([
  ["a broker that cannot be reached", new BrokerUnavailable("no answer"), true],
  [
    "a broker that will not have us",
    new BrokerUnavailable("no", { cause: new Error("ACCESS_REFUSED") }),
    false,
  ],
  [
    "a store that cannot be reached",
    new StoreUnavailable("no answer", { cause: new Error("ECONNREFUSED") }),
    true,
  ],
  ["a store that will not have us", new StoreUnavailable("no", { cause: refused }), false],
  ["an option", new InvalidOption("no such URL"), false],
  ["a bug", new TypeError("x is not a function"), false],
])("%s", (_, error, expected) => {
  expect(isCurable(error)).toBe(expected);
});

/** An app whose workers fail to start. */
function failing(error: Error): Pick<Umbel, "worker"> {
  const worker = async (): Promise<never> => {
    throw error;
  };
  return { worker };
}

test("what waiting may cure is tried again until it is stopped", async () => {
  const stop = new AbortController();
  const lines: string[] = [];
  const log = new Log("warning", (line) => {
    lines.push(line);
    stop.abort();
  });
  const started = await startWorker(failing(new BrokerUnavailable("no answer")), {}, log, stop.signal);
  expect(started).toBeNull();
  expect(lines).toEqual([
    expect.stringMatching(/ warning cannot start; trying again in 1 s reason="no answer"\n$/),
  ]);
});

test("what it does not cure is thrown", async () => {
  const starting = startWorker(failing(new InvalidOption("no such URL")), {}, new Log("error"), never());
  await expect(starting).rejects.toThrow("no such URL");
});

test("an attempt that hangs is left when it is stopped", async () => {
  const stop = new AbortController();
  const app = { worker: () => new Promise<never>(() => {}) };
  const starting = startWorker(app, {}, new Log("error"), stop.signal);
  stop.abort();
  expect(await starting).toBeNull();
});

function never(): AbortSignal {
  return new AbortController().signal;
}
