import { beforeAll, describe, expect, test } from "vitest";

test("passes", () => {});
test("passes too", () => {});
test("fails", () => expect(1).toBe(2));
test("gives up", ({ skip }) => skip("there is no time"));

// oxlint-disable-next-line vitest/no-disabled-tests -- how a skipped suite is counted is the point
describe.skip("a suite that lacks something (no Something: it is not there)", () => {
  test("one", () => {});
  test("two", () => {});
});

describe("a suite whose hook fails", () => {
  beforeAll(() => {
    throw new Error("the hook fails");
  });
  test("never runs", () => {});
});
