import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { nodeFromSource, umbel } from "../support/child.ts";
import { ROOT, openProject } from "../support/folder.ts";
import { TSCONFIG, compile } from "../support/program.ts";
import { describeWith } from "../support/services.ts";

/** Prints a value, which has to have exactly this type: `any` is not accepted. */
const EXACTLY = `
  type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
  const exactly = <Expected>() => <Actual>(value: Actual, ..._: Same<Expected, Actual> extends true ? [] : [never]) =>
    console.log(JSON.stringify(value));
`;

function readme(folder: string): string {
  return readFileSync(join(ROOT, folder, "README.md"), "utf8");
}

/** The first program in a text. */
function programIn(text: string): string {
  return /```ts\n(.*?)```/s.exec(text)?.[1] ?? "";
}

/** Results, each with the JSON that its comment begins with: `await flow.get(); // 64, typed number`. */
const RESULT = /^await (.*\.get\(\)); +\/\/ (\d+|\[.*?\])/;

/** The program in which each result is printed and its type checked, and the mistake expected. */
function checked(program: string): string {
  const lines = program.split("\n").map((line) => {
    const [, expression, value] = RESULT.exec(line) ?? [];
    if (expression !== undefined)
      return `exactly<${value?.startsWith("[") ? "number[]" : "number"}>()(await ${expression});`;
    return line.includes("// does not compile") ? `// @ts-expect-error\n${line}` : line;
  });
  return EXACTLY + lines.join("\n");
}

function expectedOf(program: string): readonly unknown[] {
  const values = program.split("\n").flatMap((line) => RESULT.exec(line)?.[2] ?? []);
  return values.map((value) => JSON.parse(value));
}

describe("the program of the README", () => {
  const program = programIn(readme("."));

  test("compiles where it says so, and its results have the types and values that it says", async () => {
    await using folder = await openProject({ "tsconfig.json": TSCONFIG, "main.ts": checked(program) });
    expect(await compile(folder.path)).toEqual([]);
    await using child = nodeFromSource(["main.ts"], { folder: folder.path });
    expect(await child.ended).toEqual({ code: 0, signal: null });
    expect(child.lines.map((line) => JSON.parse(line) as unknown)).toEqual(expectedOf(program));
    expect(expectedOf(program)).toEqual([64, [0, 2, 4, 6], 12, 60]);
  });

  test("runs as it stands, and the process exits by itself", async () => {
    await using folder = await openProject({ "main.ts": program });
    await using child = nodeFromSource(["main.ts"], { folder: folder.path });
    expect(await child.ended).toEqual({ code: 0, signal: null });
    expect(child.lines).toEqual([]);
  });
});

describe("the commands of the READMEs", () => {
  test("exist as scripts", () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: object };
    const named = [...readme(".").matchAll(/npm (?:run )?(\w+) *(?=#|$)/gm)].map(([, name]) => name);
    expect(named).toEqual(["demo", "test"]);
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(named));
  });

  test.each([".", "packages/runtime"])("start a worker, in %s", async (name) => {
    const source = `import { Umbel } from "@umbel/runtime"; export const app = new Umbel("proj");`;
    await using folder = await openProject({ "dist/tasks.js": source });
    const [, line = ""] = /umbel (worker -A .*?)(?: +#|$)/m.exec(readme(name)) ?? [];
    await using child = umbel(line.split(" "), { folder: folder.path });
    await child.ended;
    expect(child.lines).toEqual([expect.stringContaining('the app "proj" has no broker')]);
  });

  test("npm run demo draws each flow, tells of each task, and prints the results", async () => {
    await using child = nodeFromSource(["examples/arithmetic/main.ts"]);
    expect(await child.ended).toEqual({ code: 0, signal: null });
    const text = child.lines.join("\n");
    expect(text).toContain("  chain\n  ├─ add(4, 4)\n  └─ mul(…, 8)\n");
    expect(text.match(/✓ (add|mul|sum) +\S+/g)).toHaveLength(2 + 4 + 5 + 4);
    expect(text.match(/^ {2}= .*$/gm)).toEqual(["  = 64", "  = [0,2,4,6]", "  = 12", "  = 60"]);
  });
});

/** Runs the program of a package's README; what it prints is in its comments `// => …`. */
async function runReadme(name: string, environment: Readonly<Record<string, string>> = {}): Promise<void> {
  const program = programIn(readme(`packages/${name}`));
  await using folder = await openProject({ "tsconfig.json": TSCONFIG, "main.ts": program });
  expect(await compile(folder.path)).toEqual([]);
  await using child = nodeFromSource(["main.ts"], { folder: folder.path, environment });
  expect(await child.ended).toEqual({ code: 0, signal: null });
  expect(child.lines).toEqual([...program.matchAll(/\/\/ => (.*)$/gm)].map(([, line]) => line));
  expect(child.lines).not.toEqual([]);
}

test.each(["core", "canvas", "runtime"])("the program of the README of %s prints what it says", (name) =>
  runReadme(name),
);

describeWith("mongo", "the program of the README of backend-mongo", ({ mongo }) => {
  test("prints what it says", () => runReadme("backend-mongo", { UMBEL_BACKEND: mongo.url }));
});
