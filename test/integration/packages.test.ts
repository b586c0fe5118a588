import { readFileSync, readdirSync } from "node:fs";
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Child } from "../support/child.ts";
import type { Folder } from "../support/folder.ts";
import { ROOT } from "../support/folder.ts";
import { describeWith } from "../support/services.ts";
import type { Tarballs } from "../support/tarballs.ts";
import { install, packAll } from "../support/tarballs.ts";

const TASKS = `
import { Umbel } from "@umbel/runtime";

export const app = new Umbel("proj", {
  broker: process.env.UMBEL_BROKER,
  backend: process.env.UMBEL_BACKEND,
  queue: process.env.QUEUE ?? "celery",
});
export const add = app.task("add", (x: number, y: number) => x + y);
export const mul = app.task("mul", (x: number, y: number) => x * y);
export const sum = app.task("sum", (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0));
`;

/** The program of the issue; \`exactly\` does not accept \`any\`. */
const PROGRAM = `
import { chain, chord, group } from "@umbel/canvas";
import { add, app, mul, sum } from "./tasks.js";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const exactly = <Expected>() => <Actual>(value: Actual, ..._: Same<Expected, Actual> extends true ? [] : [never]) =>
  console.log(JSON.stringify(value));

exactly<number>()(await chain(add.s(4, 4)).pipe(mul.s(8)).apply().get());
exactly<number[]>()(await group([0, 1, 2, 3].map((i) => add.s(i, i))).apply().get());
exactly<number>()(await chord([0, 1, 2, 3].map((i) => add.s(i, i)), sum.s()).apply().get());
exactly<number>()(await group([add.s(1, 1), add.s(2, 2)]).pipe(sum.s()).pipe(mul.s(10)).apply().get());
await app.close();
`;

const MISTAKE = `
import { add, mul } from "./tasks.js";
add.s(4, 4).pipe(mul.s("8"));
`;

const TSCONFIG = JSON.stringify({
  compilerOptions: {
    strict: true,
    target: "es2023",
    module: "nodenext",
    types: ["node"],
    rootDir: "src",
    outDir: "dist",
  },
  include: ["src"],
  exclude: ["src/mistake.ts"],
});

const FILES = {
  "tsconfig.json": TSCONFIG,
  "src/tasks.ts": TASKS,
  "src/main.ts": PROGRAM,
  "src/mistake.ts": MISTAKE,
  "typed.ts": "const x: number = 1; export default x;",
};

const RESULTS = ["64", "[0,2,4,6]", "12", "60"];

let tarballs: Tarballs;
/** Where all four are installed. */
let four: Folder;

beforeAll(async () => {
  tarballs = await packAll();
  four = await install(tarballs, ["core", "canvas", "runtime", "backend-mongo"], FILES);
  await linkTypes(four);
}, 180_000);

afterAll(async () => {
  await four?.[Symbol.asyncDispose]();
  await tarballs?.[Symbol.asyncDispose]();
});

/** The types of Node, which a project that uses TypeScript has. */
async function linkTypes({ path }: Folder): Promise<void> {
  await mkdir(join(path, "node_modules/@types"), { recursive: true });
  await symlink(join(ROOT, "node_modules/@types/node"), join(path, "node_modules/@types/node"), "dir");
}

function run({ path: folder }: Folder, ...args: readonly string[]): Child {
  return new Child(process.execPath, args, { folder });
}

function compile(folder: Folder, ...args: readonly string[]): Child {
  return run(folder, join(ROOT, "node_modules/typescript/lib/tsc.js"), ...args);
}

describe("the four packages, packed and installed in an empty folder,", () => {
  test("compile a program with their own types, which runs", async () => {
    await using compiling = compile(four);
    expect([(await compiling.ended).code, ...compiling.lines]).toEqual([0]);
    await using program = run(four, "dist/main.js");
    expect(await program.ended).toEqual({ code: 0, signal: null });
    expect(program.lines).toEqual(RESULTS);
  });

  test("refuse what does not fit", async () => {
    const options = ["--noEmit", "--ignoreConfig", "--strict", "--target", "es2023", "--module", "nodenext"];
    await using compiling = compile(four, ...options, "--types", "node", "src/mistake.ts");
    expect((await compiling.ended).code).not.toBe(0);
    const errors = compiling.lines.filter((line) => /error TS/.test(line));
    expect(errors).toEqual([expect.stringMatching(/^src\/mistake\.ts\(3,24\): error TS2345: /)]);
  });

  test("have the command umbel", async () => {
    await using child = new Child("npx", ["--no-install", "umbel", "--help"], { folder: four.path });
    expect(await child.ended).toEqual({ code: 0, signal: null });
    expect(child.lines).toContain("Usage: umbel [options] [command]");
  });

  test("have a readme, a licence, types, and no tests", async () => {
    for (const name of ["core", "canvas", "runtime", "backend-mongo"]) {
      const files = readdirSync(join(four.path, "node_modules/@umbel", name), { recursive: true }).map(
        String,
      );
      expect(files).toEqual(
        expect.arrayContaining(["README.md", "LICENSE", "dist/index.js", "dist/index.d.ts"]),
      );
      expect(files.filter((file) => /\.test\.|\.test-d\.|\.tsbuildinfo$/.test(file))).toEqual([]);
    }
  });
});

describe("the command umbel, installed,", () => {
  const command = "node_modules/@umbel/runtime/bin/umbel.js";

  test("loads nothing for its help but itself and what reads the command line", async () => {
    const environment = { NODE_V8_COVERAGE: join(four.path, "coverage") };
    await using child = new Child(process.execPath, [command, "--help"], { folder: four.path, environment });
    expect((await child.ended).code).toBe(0);
    const modules = loadedIn(environment.NODE_V8_COVERAGE).filter((url) => url.includes("/node_modules/"));
    expect(modules.filter((url) => !/\/(commander|@umbel\/runtime\/(bin|dist\/cli))\//.test(url))).toEqual([
      expect.stringContaining("/runtime/dist/brand.js"),
      expect.stringContaining("/runtime/dist/events.js"),
    ]);
  });

  test("finds an app of another copy of the package", async () => {
    await using other = await install(tarballs, ["core", "canvas", "runtime"], {
      "tasks.js": `import { Umbel } from "@umbel/runtime"; export const tasks = new Umbel("other");`,
    });
    await using child = run(four, command, "worker", "-A", join(other.path, "tasks.js"));
    expect((await child.ended).code).toBe(1);
    expect(child.lines).toEqual([expect.stringMatching(/^error: the app "other" has no broker/)]);
  });

  test("says what to do where Node does not read TypeScript", async ({ skip }) => {
    skip("typescript" in process.features && process.features.typescript !== false, "this Node reads it");
    await using child = run(four, command, "worker", "-A", "typed.ts");
    expect((await child.ended).code).toBe(1);
    expect(child.lines).toEqual([
      expect.stringMatching(
        /^error: cannot import typed\.ts: Node [\d.]+ does not read TypeScript; build it/,
      ),
    ]);
  });
});

/** The URLs of the scripts that a process loaded. */
function loadedIn(coverage: string): readonly string[] {
  const files = readdirSync(coverage).map((file) => readFileSync(join(coverage, file), "utf8"));
  const reports = files.map(
    (text) => JSON.parse(text) as { readonly result: readonly { readonly url: string }[] },
  );
  return reports.flatMap(({ result }) => result.map(({ url }) => url)).toSorted();
}

describe("the runtime without the package of the store", () => {
  test("runs in memory, and says what a mongodb:// URL needs", async () => {
    const program = `
      import { Umbel } from "@umbel/runtime";
      const options = { broker: "amqp://127.0.0.1:1", backend: "mongodb://127.0.0.1:1" };
      for (const app of [new Umbel("memory"), new Umbel("proj", options)]) {
        const result = app.task("add", (x, y) => x + y).s(2, 3).apply();
        console.log(await result.get().catch((error) => error.message));
        await app.close();
      }`;
    await using folder = await install(tarballs, ["core", "canvas", "runtime"], { "main.js": program });
    await using child = run(folder, "main.js");
    expect(await child.ended).toEqual({ code: 0, signal: null });
    expect(child.lines).toEqual([
      "5",
      "a mongodb:// backend needs the package @umbel/backend-mongo; npm install it",
    ]);
  });
});

test("each of the others is installed without the runtime", async () => {
  for (const name of ["core", "canvas", "backend-mongo"] as const) {
    await using folder = await install(tarballs, name === "core" ? ["core"] : ["core", name], {
      "main.js": `console.log(Object.keys(await import("@umbel/${name}")).length > 0);`,
    });
    await using child = run(folder, "main.js");
    expect(await child.ended).toEqual({ code: 0, signal: null });
    expect(child.lines).toEqual(["true"]);
  }
});

describeWith(
  ["amqp", "mongo"],
  "the four packages, packed and installed, with workers,",
  ({ amqp, mongo }) => {
    test("run the same program, unchanged", async () => {
      const queue = `umbel.test.packages-${process.pid}`;
      const environment = { UMBEL_BROKER: amqp.url, UMBEL_BACKEND: mongo.url, QUEUE: queue };
      await using compiling = compile(four);
      expect((await compiling.ended).code).toBe(0);
      const args = [
        "--no-install",
        "umbel",
        "worker",
        "-A",
        "./dist/tasks.js",
        "-Q",
        queue,
        "-c",
        "8",
        "-l",
        "info",
      ];
      await using worker = new Child("npx", args, { folder: four.path, environment });
      await worker.line(/worker started/);
      await using program = new Child(process.execPath, ["dist/main.js"], { folder: four.path, environment });
      expect(await program.ended).toEqual({ code: 0, signal: null });
      expect(program.lines).toEqual(RESULTS);
      await worker.line(/task succeeded task=mul/);
    });
  },
);
