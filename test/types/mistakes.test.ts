import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";

// What the compiler says of the mistakes that people make is a part of the product: each has a file in `mistakes/`,
// and its text here. A refactoring that turns three lines into nine, or blames another step, shows.

const root = new URL("../..", import.meta.url).pathname;
const folder = join(root, "test/types/mistakes");
const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");

/** What the compiler says, by file; the lines below an error are indented. */
const said = new Map<string, string>();

beforeAll(async () => {
  for (const line of (await compile(folder)).split("\n")) {
    const [, file, column, text = ""] = /^([\w-]+)\.ts\(\d+,(\d+)\): error (.*)$/.exec(line) ?? [null];
    if (file != null) said.set(file, `${said.has(file) ? `${said.get(file)}\n` : ""}${column}: ${text}`);
    else if (line.startsWith("  ")) said.set(lastOf(said), `${said.get(lastOf(said))}\n${line}`);
  }
}, 60_000);

describe("the compiler says", () => {
  test("of a step that takes another type than the one before gives", () => {
    expect(said.get("wrong-type-piped")).toMatchInlineSnapshot(`
      "18: TS2345: Argument of type 'Step<[text: string], number>' is not assignable to parameter of type 'Step<[input: number], number>'.
        Type '[input: number]' is not assignable to type '[text: string]'.
          Type 'number' is not assignable to type 'string'."
    `);
  });

  test("of a step that needs more than the result", () => {
    expect(said.get("too-few-bound")).toMatchInlineSnapshot(`
      "18: TS2345: Argument of type 'Step<[x: number, low: number], number>' is not assignable to parameter of type 'Step<[input: number], number>'.
        Type '[input: number]' is not assignable to type '[x: number, low: number]'.
          Source has 1 element(s) but target requires 2."
    `);
  });

  test("of a step that has all its arguments and gets a result", () => {
    expect(said.get("too-many-bound")).toMatchInlineSnapshot(`
      "18: TS2345: Argument of type 'Step<[], number>' is not assignable to parameter of type 'Step<[input: number], number>'.
        Type '[input: number]' is not assignable to type '[]'.
          Source has 1 element(s) but target allows only 0."
    `);
  });

  test("of a call with more arguments than the task has", () => {
    expect(said.get("more-bound-than-there-are")).toMatchInlineSnapshot(`
      "7: TS2345: Argument of type '[1, 2, 3]' is not assignable to parameter of type 'LastArguments<[x: number, by: number]>'.
        Type '[1, 2, 3]' is not assignable to type '[x: number, by: number]'.
          Source has 3 element(s) but target allows only 2."
    `);
  });

  test("of a task without arguments after a result", () => {
    expect(said.get("no-argument-after-a-result")).toMatchInlineSnapshot(`
      "18: TS2345: Argument of type 'Step<[], Date>' is not assignable to parameter of type 'Step<[input: number], Date>'.
        Type '[input: number]' is not assignable to type '[]'.
          Source has 1 element(s) but target allows only 0."
    `);
  });

  test("of an immutable call without all its arguments", () => {
    expect(said.get("argument-missing-in-si")).toMatchInlineSnapshot(
      `"22: TS2554: Expected 2 arguments, but got 1."`,
    );
  });

  test("of text that is bound for a number", () => {
    expect(said.get("text-bound-for-a-number")).toMatchInlineSnapshot(`
      "7: TS2345: Argument of type '["8"]' is not assignable to parameter of type 'LastArguments<[x: number, by: number]>'.
        Type '["8"]' is not assignable to type '[by: number]'.
          Type 'string' is not assignable to type 'number'."
    `);
  });

  test("of the body of a chord that does not take a list", () => {
    expect(said.get("wrong-body-of-a-chord")).toMatchInlineSnapshot(`
      "35: TS2345: Argument of type 'Step<[x: number], string>' is not assignable to parameter of type 'Step<[results: [number, number]], string>'.
        Type '[results: [number, number]]' is not assignable to type '[x: number]'.
          Type '[number, number]' is not assignable to type 'number'."
    `);
  });

  test("of a step after a group that does not take a list", () => {
    expect(said.get("wrong-body-after-a-group")).toMatchInlineSnapshot(`
      "47: TS2345: Argument of type 'Step<[text: string], number>' is not assignable to parameter of type 'Step<[input: number[]], number>'.
        Type '[input: number[]]' is not assignable to type '[text: string]'.
          Type 'number[]' is not assignable to type 'string'."
    `);
  });

  test("of a step after a group of which one member gives another type", () => {
    expect(said.get("wrong-tuple-element")).toMatchInlineSnapshot(`
      "38: TS2345: Argument of type 'Step<[xs: readonly number[]], number>' is not assignable to parameter of type 'Step<[input: [number, string]], number>'.
        Type '[input: [number, string]]' is not assignable to type '[xs: readonly number[]]'.
          Type '[number, string]' is not assignable to type 'readonly number[]'.
            Type 'string | number' is not assignable to type 'number'.
              Type 'string' is not assignable to type 'number'."
    `);
  });

  test("of members of a group that do not take the result before it", () => {
    expect(said.get("member-of-a-group-with-other-input")).toMatchInlineSnapshot(`
      "18: TS2345: Argument of type 'Step<[text: string] & [x: number], [string, number]>' is not assignable to parameter of type 'Step<[input: number], [string, number]>'.
        Type '[input: number]' is not assignable to type '[text: string] & [x: number]'.
          Type '[input: number]' is not assignable to type '[text: string]'.
            Type 'number' is not assignable to type 'string'."
    `);
  });

  test("of members of a group without their brackets", () => {
    expect(said.get("members-without-brackets")).toMatchInlineSnapshot(
      `
      "7: TS2345: Argument of type 'Step<[], number>' is not assignable to parameter of type 'Members'.
        Type 'Step<[], number>' is not assignable to type '{ readonly [key: string]: AnyStep; }'.
          Index signature for type 'string' is missing in type 'Step<[], number>'."
    `,
    );
  });

  test("of steps of a chain in the wrong order, and blames the first that does not fit", () => {
    expect(said.get("wrong-order-in-a-chain")).toMatchInlineSnapshot(`
      "20: TS2345: Argument of type 'Step<[text: string], number>' is not assignable to parameter of type 'Step<[input: number], number>'.
        Type '[input: number]' is not assignable to type '[text: string]'.
          Type 'number' is not assignable to type 'string'."
    `);
  });

  test("of a task where a call of it belongs", () => {
    expect(said.get("task-instead-of-a-step")?.replace(/\d+ more/, "so many more")).toMatchInlineSnapshot(
      `"18: TS2740: Type 'Task<[x: number], string>' is missing the following properties from type 'Step<[input: number], unknown>': [types], node, sender, pipe, and so many more."`,
    );
  });

  test("of a flow that is sent without what it needs", () => {
    expect(said.get("input-forgotten")).toMatchInlineSnapshot(
      `"10: TS2554: Expected 1 arguments, but got 0."`,
    );
  });

  test("of a result that is used as another type", () => {
    expect(said.get("number-used-as-text")).toMatchInlineSnapshot(
      `"7: TS2322: Type 'number' is not assignable to type 'string'."`,
    );
  });
});

describe("the compiler says, where a task is defined,", () => {
  test("of a result that cannot travel", () => {
    expect(said.get("bigint-returned")).toMatchInlineSnapshot(
      `"17: TS2345: Argument of type '(x: number) => bigint' is not assignable to parameter of type 'CannotTravel<"result", bigint>'."`,
    );
  });

  test("of a part of a result that cannot travel, and where it is", () => {
    expect(said.get("map-returned-within")).toMatchInlineSnapshot(
      `"19: TS2345: Argument of type '(ids: string[]) => Promise<{ user: { byId: Map<string, number>; }; }>' is not assignable to parameter of type 'CannotTravel<"result.user.byId", Map<string, number>>'."`,
    );
  });

  test("of a parameter that cannot travel", () => {
    expect(said.get("map-taken")).toMatchInlineSnapshot(
      `"18: TS2345: Argument of type '(_name: string, byId: Map<string, number>) => number' is not assignable to parameter of type 'CannotTravel<"args[1]", Map<string, number>>'."`,
    );
  });

  test("of a part of a parameter that would arrive as another type", () => {
    expect(said.get("buffer-taken")).toMatchInlineSnapshot(
      `"38: TS2345: Argument of type '(file: { name: string; content: Buffer; }) => string' is not assignable to parameter of type 'CannotTravel<"args[0].content", Buffer<ArrayBufferLike>>'."`,
    );
  });

  test("of a parameter that would arrive as null", () => {
    expect(said.get("undefined-taken")).toMatchInlineSnapshot(
      `"19: TS2345: Argument of type '(name: string | undefined) => string' is not assignable to parameter of type 'CannotTravel<"args[0]", undefined>'."`,
    );
  });

  test("of a schema of what cannot travel", () => {
    expect(said.get("schema-of-what-cannot-travel")).toMatchInlineSnapshot(
      `"20: TS2741: Property '[reason]' is missing in type 'ZodMap<ZodString, ZodNumber>' but required in type 'CannotTravel<"args[0]", Map<string, number>>'."`,
    );
  });

  test("of a handler that does not take what its input gives", () => {
    expect(said.get("handler-does-not-fit-its-input")).toMatchInlineSnapshot(`
      "63: TS2345: Argument of type '(to: string) => string' is not assignable to parameter of type '(input: { to: string; }) => unknown'.
        Types of parameters 'to' and 'input' are incompatible.
          Type '{ to: string; }' is not assignable to type 'string'."
    `);
  });

  test("of a result that its output does not take, at the result", () => {
    expect(said.get("result-does-not-fit-its-output")).toMatchInlineSnapshot(
      `"73: TS2322: Type 'number' is not assignable to type 'string | Promise<string>'."`,
    );
  });

  test("of a promise of a result that its output does not take", () => {
    expect(said.get("later-result-does-not-fit-its-output")).toMatchInlineSnapshot(`
      "44: TS2345: Argument of type '(text: string) => Promise<number>' is not assignable to parameter of type '(...args: never) => string | Promise<string>'.
        Type 'Promise<number>' is not assignable to type 'string | Promise<string>'.
          Type 'Promise<number>' is not assignable to type 'Promise<string>'.
            Type 'number' is not assignable to type 'string'."
    `);
  });

  test("of an option that there is not", () => {
    expect(said.get("option-misspelt")).toMatchInlineSnapshot(
      `"19: TS2561: Object literal may only specify known properties, but 'queu' does not exist in type 'CheckedTaskOptions<false, undefined, undefined>'. Did you mean to write 'queue'?"`,
    );
  });
});

describe("the compiler says, where a task is called,", () => {
  test("of an argument that its schema does not take", () => {
    expect(said.get("wrong-argument-of-a-schema")).toMatchInlineSnapshot(`
      "8: TS2345: Argument of type '[{ to: number; }]' is not assignable to parameter of type 'LastArguments<[{ to: string; }]>'.
        Type '[{ to: number; }]' is not assignable to type '[{ to: string; }]'.
          Type '{ to: number; }' is not assignable to type '{ to: string; }'.
            Types of property 'to' are incompatible.
              Type 'number' is not assignable to type 'string'."
    `);
  });

  test("of a result of a schema that the next step does not take", () => {
    expect(said.get("wrong-result-of-a-schema-piped")).toMatchInlineSnapshot(`
      "19: TS2345: Argument of type 'Step<[text: string], number>' is not assignable to parameter of type 'Step<[input: number], number>'.
        Type '[input: number]' is not assignable to type '[text: string]'.
          Type 'number' is not assignable to type 'string'."
    `);
  });

  test("of an argument that is undefined", () => {
    expect(said.get("undefined-bound")).toMatchInlineSnapshot(`
      "9: TS2345: Argument of type '["Ann", undefined]' is not assignable to parameter of type 'LastArguments<[name: string] | [name: string, greeting: string]>'.
        Type '["Ann", undefined]' is not assignable to type '[name: string, greeting: string]'.
          Type at position 1 in source is not compatible with type at position 1 in target.
            Type 'undefined' is not assignable to type 'string'."
    `);
  });
});

test("something of each mistake, of each once, and of nothing else", async () => {
  const files = (await readdir(folder)).filter(
    (name) => name.endsWith(".ts") && !["app.ts", "tasks.ts"].includes(name),
  );
  expect([...said.keys()].toSorted()).toEqual(files.map((name) => name.slice(0, -3)).toSorted());
  for (const text of said.values()) expect(text.match(/^\d+: TS\d+/gm)).toHaveLength(1);
});

// n.b. The instantiations are the same on every machine; the seconds are those of one that has other work, too.
test.each([
  ["three hundred pipes", 2, pipes(300), 35_000],
  ["three hundred steps of one chain()", 2, steps(300), 60_000],
  ["two hundred tasks of objects", 5, tasks(200), 400_000],
])(
  "%s are checked in less than %d seconds",
  { retry: 2, timeout: 60_000 },
  async (_, seconds, source, most) => {
    const place = await mkdtemp(join(tmpdir(), "umbel-pipes-"));
    try {
      await symlink(join(root, "node_modules"), join(place, "node_modules"));
      await writeFile(join(place, "package.json"), '{ "type": "module" }');
      await writeFile(
        join(place, "tsconfig.json"),
        `{ "extends": "${folder}/tsconfig.json", "include": ["*.ts"] }`,
      );
      await writeFile(join(place, "flow.ts"), source);
      const report = await compile(place, "--extendedDiagnostics");
      expect(report).not.toContain("error");
      expect(Number(/^Check time:\s*([\d.]+)s$/m.exec(report)?.[1])).toBeLessThan(seconds);
      expect(Number(/^Instantiations:\s*(\d+)$/m.exec(report)?.[1])).toBeLessThan(most);
    } finally {
      await rm(place, { recursive: true });
    }
  },
);

function pipes(count: number): string {
  const piped = Array.from({ length: count }, (_, i) => `.pipe(add.s(${i}))`).join("\n  ");
  return [
    'import type { Task } from "@umbel/core";',
    "declare const add: Task<[x: number, y: number], number>;",
    `const result: number = await add.s(1, 2)\n  ${piped}\n  .apply().get();`,
    "console.log(result);",
  ].join("\n");
}

/** n.b. It ends with an error code where it has something to say. */
async function compile(project: string, ...options: readonly string[]): Promise<string> {
  const args = [compiler, "-p", project, "--pretty", "false", ...options];
  const child = promisify(execFile)(process.execPath, args, { cwd: project });
  const { stdout } = await child.catch((error: { readonly stdout: string }) => error);
  return stdout;
}

function lastOf(map: ReadonlyMap<string, string>): string {
  return [...map.keys()].at(-1) ?? "";
}

function steps(count: number): string {
  const rest = Array.from({ length: count }, (_, i) => `add.s(${i})`).join(",\n  ");
  return [
    'import type { Task } from "@umbel/core";',
    'import { chain } from "@umbel/canvas";',
    "declare const add: Task<[x: number, y: number], number>;",
    `const result: number = await chain(add.s(1, 2),\n  ${rest}).apply().get();`,
    "console.log(result);",
  ].join("\n");
}

/** An app with tasks that take and return objects of their own, with lists, dates, unions and themselves within. */
function tasks(count: number): string {
  const defined = Array.from({ length: count / 2 }, (_, i) =>
    [
      `interface Entry${i} { readonly id: ${i}; at: Date; name?: string; tags: readonly string[]; parent: Entry${i} | null }`,
      `interface Page${i} { entries: Entry${i}[]; by: { user: string; at: Date | undefined }; next: { kind: "end" } | { kind: "page"; n: ${i} } }`,
      `const task${i} = app.task("task${i}", async (page: Page${i}, by: Entry${i}, more?: Page${i}[]) => ({ page, by, more }));`,
      `const next${i} = app.task("next${i}", { queue: "q" }, (found: { page: Page${i}; by: Entry${i} }) => found.page);`,
      `task${i}.s().pipe(next${i}.s());`,
    ].join("\n"),
  );
  return ['import { Umbel } from "@umbel/runtime";', 'const app = new Umbel("many");', ...defined].join("\n");
}
