import { expect, test } from "vitest";
import { Waiters } from "./waiters.ts";

function listener() {
  const heard: string[] = [];
  return { heard, tell: (news: string): void => void heard.push(news) };
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
  expect(waiters.size).toBe(1);
  waiters.tell("a", "it came");
  expect([one.heard, two.heard]).toEqual([[], ["it came"]]);
  expect(waiters.size).toBe(0);
});

test("who waits twice for one id is told twice", () => {
  const [waiters, one] = [new Waiters<string>(), listener()];
  waiters.add("a", one);
  waiters.add("a", one);
  waiters.tell("a", "it came");
  expect(one.heard).toEqual(["it came", "it came"]);
});
