import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { nodeFromSource } from "../support/child.ts";
import { ROOT, openProject } from "../support/folder.ts";
import { TSCONFIG, compile } from "../support/program.ts";

test("the programs of docs/dynamic.md, one after the other, compile and print what they say", async () => {
  const page = readFileSync(join(ROOT, "docs/dynamic.md"), "utf8");
  const program = [...page.matchAll(/```ts\n(.*?)```/gs)].map(([, block]) => block).join("\n");
  const said = [...program.matchAll(/ \/\/ => (.*)$/gm)].map(([, line]) => line);
  expect(said).toHaveLength(3);
  await using folder = await openProject({ "tsconfig.json": TSCONFIG, "main.ts": program });
  expect(await compile(folder.path)).toEqual([]);
  await using child = nodeFromSource(["main.ts"], { folder: folder.path });
  expect(await child.ended).toEqual({ code: 0, signal: null });
  expect(child.lines).toEqual(said);
});
