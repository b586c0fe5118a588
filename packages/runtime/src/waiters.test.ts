import { expect, test } from "vitest";
import { Waiters } from "./waiters.ts";

function listener() {
  const heard: string[] = [];
  return { heard, tell: (_id: string, news: string): void => void heard.push(news) };
}

test("all who wait for an id are told, once; others are not", () => {
  const waiters = new Waiters<string>();
  const [one, two, other] = [listener(), listener(), listener()];
  waiters.add("a", one);
  waiters.add("a", two);
  waiters.add("b", other);
  waiters.tell("a", "it came");
  waiters.tell("a", "again");
  expect([one.heard, two.heard, other.heard]).toEqual([["it came"], ["it came"], []]);
  expect(waiters.ids).toEqual(["b"]);
});

test("who does not wait any more is not told, and the others are", () => {
  const waiters = new Waiters<string>();
  const [one, two] = [listener(), listener()];
  waiters.add("a", one);
  waiters.add("a", two);
  waiters.delete("a", one);
  waiters.delete("b", one);
  expect(waiters.isEmpty).toBe(false);
  waiters.tell("a", "it came");
  expect([one.heard, two.heard]).toEqual([[], ["it came"]]);
  expect(waiters.isEmpty).toBe(true);
});

test("who waits twice for one id is told twice", () => {
  const [waiters, one] = [new Waiters<string>(), listener()];
  waiters.add("a", one);
  waiters.add("a", one);
  waiters.tell("a", "it came");
  expect(one.heard).toEqual(["it came", "it came"]);
});

/** Waits for `<stem>0` to `<stem><size - 1>`. */
function run(stem: string, size: number) {
  const missing = new Set(Array.from({ length: size }, (_, i) => `${stem}${i}`));
  const heard: string[] = [];
  return {
    heard,
    tell: (id: string, news: string): void => {
      if (missing.delete(id)) heard.push(news);
    },
    get missing() {
      return [...missing];
    },
    get isWhole() {
      return missing.size === 0;
    },
  };
}

test("who waits for a run of ids is told of each, and waits until all have come", () => {
  const [waiters, one] = [new Waiters<string>(), run("g.", 2)];
  waiters.addRun("g.", one);
  waiters.tell("g.1", "second");
  waiters.tell("other.0", "not mine");
  expect(waiters.ids).toEqual(["g.0"]);
  waiters.tell("g.0", "first");
  expect(one.heard).toEqual(["second", "first"]);
  expect(waiters.isEmpty).toBe(true);
});

test("runs of the same ids, and who waits for one of them, are told side by side", () => {
  const [waiters, one, other, single] = [new Waiters<string>(), run("g.", 1), run("g.", 2), listener()];
  waiters.addRun("g.", one);
  waiters.addRun("g.", other);
  waiters.add("g.0", single);
  expect([...new Set(waiters.ids)]).toEqual(["g.0", "g.1"]);
  waiters.tell("g.0", "it came");
  expect([one.heard, other.heard, single.heard]).toEqual([["it came"], ["it came"], ["it came"]]);
  expect(waiters.ids).toEqual(["g.1"]);
  waiters.deleteRun("g.", other);
  waiters.tell("g.1", "too late");
  expect(other.heard).toEqual(["it came"]);
  expect(waiters.isEmpty).toBe(true);
});
