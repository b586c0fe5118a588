import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { nodeFromSource } from "../support/child.ts";
import { ROOT } from "../support/folder.ts";

const folder = join(ROOT, "examples");
const examples = readdirSync(folder).filter((name) => existsSync(join(folder, name, "output.txt")));

describe("an example prints what it says:", () => {
  test("there is one for each primitive, and for each thing that is decided while a flow runs", () => {
    const primitives = ["chain", "chord", "chunks", "group", "map", "signatures", "starmap"];
    const decided = ["policies", "handlers", "each", "replace", "add-to-chord"];
    const ended = ["retry", "cancel", "compensate", "flow"];
    expect(examples).toEqual(expect.arrayContaining([...primitives, ...decided, ...ended]));
  });

  test.each(examples)("%s", async (name) => {
    await using child = nodeFromSource([join(folder, name, "main.ts")]);
    expect((await child.ended).code).toBe(0);
    expect(`${child.lines.join("\n")}\n`).toBe(readFileSync(join(folder, name, "output.txt"), "utf8"));
  });
});
