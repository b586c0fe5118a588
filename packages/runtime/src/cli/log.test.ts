import { expect, test } from "vitest";
import type { Level } from "./log.ts";
import { LEVELS, Log } from "./log.ts";

function logged(level: Level, write: (log: Log) => void): readonly string[] {
  const lines: string[] = [];
  write(new Log(level, (line) => lines.push(line)));
  return lines;
}

test("a line has its time, its level, its text and its fields", () => {
  const [line] = logged("info", (log) => log.write("info", "task succeeded", { task: "add", ms: 3 }));
  expect(line).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info    task succeeded task=add ms=3\n$/);
});

test("a field that is not one word is quoted, so that a line stays one line", () => {
  const [line] = logged("info", (log) =>
    log.write("error", "no", { error: 'Error: "a"\nb', empty: "", x: "a=b" }),
  );
  expect(line).toMatch(/ error {3}no error="Error: \\"a\\"\\nb" empty="" x="a=b"\n$/);
});

test("what is not there is left out", () => {
  const [line] = logged("info", (log) =>
    log.write("info", "refused", { id: null, task: undefined, zero: 0 }),
  );
  expect(line).toMatch(/ info {4}refused zero=0\n$/);
});

test.each(LEVELS.map((level, i) => [level, LEVELS.slice(i)] as const))(
  "at %s it writes %j",
  (level, expected) => {
    const lines = logged(level, (log) => LEVELS.forEach((each) => log.write(each, `of ${each}`)));
    expect(lines.map((line) => /of (\w+)\n$/.exec(line)?.[1])).toEqual(expected);
  },
);
