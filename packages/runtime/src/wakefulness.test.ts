import { expect, test } from "vitest";
import { Wakefulness } from "./wakefulness.ts";

/** Timers that keep this process from ending. */
function timers(): number {
  return process.getActiveResourcesInfo().filter((each) => each === "Timeout").length;
}

test("the process is held while anybody waits, and not any more when it is ended", () => {
  const before = timers();
  const wakefulness = new Wakefulness();
  wakefulness.hold();
  wakefulness.hold();
  expect(timers()).toBe(before + 1);
  wakefulness.letGo();
  expect(timers()).toBe(before + 1);
  wakefulness.letGo();
  expect(timers()).toBe(before);
  wakefulness.hold();
  expect(timers()).toBe(before + 1);
  wakefulness.end();
  expect(timers()).toBe(before);
});
