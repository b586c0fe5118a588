import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { nodeFromSource } from "../support/child.ts";
import { ROOT, openProject } from "../support/folder.ts";
import { TSCONFIG, compile } from "../support/program.ts";

test.each([
  ["dynamic", 3],
  ["handlers", 3],
  ["policies", 6],
])(
  "the programs of docs/%s.md, one after the other, compile and print the %d lines that they say",
  async (name, lines) => {
    const page = readFileSync(join(ROOT, "docs", `${name}.md`), "utf8");
    const program = [...page.matchAll(/```ts\n(.*?)```/gs)].map(([, block]) => block).join("\n");
    const said = [...program.matchAll(/ \/\/ => (.*)$/gm)].map(([, line]) => line);
    expect(said).toHaveLength(lines);
    await using folder = await openProject({ "tsconfig.json": TSCONFIG, "main.ts": program });
    expect(await compile(folder.path)).toEqual([]);
    await using child = nodeFromSource(["main.ts"], { folder: folder.path });
    expect(await child.ended).toEqual({ code: 0, signal: null });
    expect(child.lines).toEqual(said);
  },
);
