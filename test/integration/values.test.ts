import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runInThisContext } from "node:vm";
import { NotJson, toJson } from "@umbel/core";
import { Umbel } from "@umbel/runtime";
import { expect, onTestFinished, test } from "vitest";
import { Child } from "../support/child.ts";
import { ROOT, openProject } from "../support/folder.ts";

// The tables of docs/values.md: each value is sent, and each type is compared by the compiler.

const DOCUMENT = readFileSync(join(ROOT, "docs/values.md"), "utf8");
const ROWS = [...DOCUMENT.matchAll(/^\| `(.+?)` \| (.+?) \| (.+?) \|$/gm)].map(([, ...cells]) => cells);
const ARRIVING = ROWS.filter(([, second = ""]) => second.startsWith("`"));
const REFUSED = ROWS.filter(([, second = ""]) => !second.startsWith("`"));

const TSCONFIG = JSON.stringify({
  extends: join(ROOT, "test/types/mistakes/tsconfig.json"),
  include: ["*.ts"],
});

/** n.b. Types and `as` are for the compiler's eyes. */
function valueOf(expression: string): unknown {
  return runInThisContext(`(${expression.replace(/ as const$|<number>/, "")})`);
}

test.each(ARRIVING)("%s arrives as %s", async (sent, arrived = "") => {
  const app = new Umbel("values");
  onTestFinished(() => app.close());
  const task = app.task<() => unknown>("value", () => valueOf(sent));
  expect(await task.s().apply().get()).toStrictEqual(valueOf(arrived.slice(1, -1)));
});

test.each(REFUSED)("%s is refused by %s: %s", (sent, _, advice = "") => {
  let thrown: unknown;
  try {
    toJson(valueOf(sent), "value");
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(NotJson);
  expect((thrown as Error).message.split("; ").slice(1)).toEqual([advice]);
});

test("the compiler says the same", async () => {
  const arriving = ARRIVING.map(
    ([sent, , type = ""]) =>
      `exactly<${type.slice(1, -1)}>()(app.task(name(), () => (${sent})).s().apply().get());`,
  );
  const refused = REFUSED.map(([sent, by]) => {
    const expected = by === "the compiler" ? "// @ts-expect-error -- refused\n" : "";
    return `${expected}app.task(name(), () => (${sent}));`;
  });
  await using folder = await openProject({
    "tsconfig.json": TSCONFIG,
    "main.ts": [HEADER, ...arriving, ...refused].join("\n"),
  });
  const compiler = join(ROOT, "node_modules/typescript/lib/tsc.js");
  await using child = new Child(process.execPath, [compiler, "-p", folder.path], { folder: folder.path });
  await child.ended;
  expect(child.lines.filter((line) => line.startsWith("main.ts"))).toEqual([]);
  expect([ARRIVING.length, REFUSED.length]).toEqual([16, 20]);
});

const HEADER = `
  import type { Umbel } from "@umbel/runtime";
  declare const app: Umbel;
  declare function name(): string;
  type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
  declare function exactly<Expected>(): <Actual>(
    value: Promise<Actual>, ..._: Same<Expected, Actual> extends true ? [] : [never]
  ) => void;
`;
