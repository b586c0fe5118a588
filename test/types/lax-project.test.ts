import { join } from "node:path";
import { expect, test } from "vitest";
import { Child } from "../support/child.ts";
import { ROOT, openProject } from "../support/folder.ts";

const PROGRAM = `
import { Umbel } from "@umbel/runtime";
import { z } from "zod";

interface User { name: string; born: Date | undefined; tags: string[]; self?: User }
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const exactly = <Expected>() => <Actual>(_: Actual, ...__: Same<Expected, Actual> extends true ? [] : [never]) => {};

const app = new Umbel("lax");
const add = app.task("add", (x: number, y: number) => x + y);
const load = app.task("load", async (id: string, by?: string): Promise<User> => ({ name: id, born: undefined, tags: [] }));
const save = app.task("save", { bind: true }, (ctx, user: User) => {});
const send = app.task("send", { input: [z.string(), z.number().default(5)], output: z.string() }, (a, b) => a + b);

exactly<number>()(await add.s(1, 2).apply().get());
exactly<string>()(await send.s("a", 5).apply().get());
load.s("a").pipe(save.s());
// @ts-expect-error -- it is a number
add.s(1, 2).pipe(load.s());
// @ts-expect-error -- it cannot travel
app.task("big", () => ({ deep: 5n }));
`;

/** What is wrong in the program: errors of the sources are what the repository's own options are for. */
async function compile(options: object): Promise<readonly string[]> {
  const tsconfig = {
    extends: join(ROOT, "test/types/mistakes/tsconfig.json"),
    compilerOptions: { noUnusedLocals: false, noUnusedParameters: false, ...options },
    include: ["*.ts"],
  };
  await using folder = await openProject({ "tsconfig.json": JSON.stringify(tsconfig), "main.ts": PROGRAM });
  const compiler = join(ROOT, "node_modules/typescript/lib/tsc.js");
  await using child = new Child(process.execPath, [compiler, "-p", folder.path], { folder: folder.path });
  await child.ended;
  return child.lines.filter((line) => line.startsWith("main.ts"));
}

test.each([
  ["as strict as this one", {}],
  ["that is strict", { exactOptionalPropertyTypes: false, noUncheckedIndexedAccess: false }],
  ["without strict", { exactOptionalPropertyTypes: false, strict: false }],
])("the types are the same in a project %s", async (_, options) => {
  expect(await compile(options)).toEqual([]);
});
