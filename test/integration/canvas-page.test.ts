import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { differencesTable, rulesTable } from "../support/canvas-tables.ts";
import { ROOT } from "../support/folder.ts";

const page = readFileSync(join(ROOT, "docs/canvas.md"), "utf8");

test("docs/canvas.md has the rules of .pipe as they are in the code", () => {
  expect(page).toContain(`<!-- rules -->\n${rulesTable()}\n<!-- end -->`);
});

test("docs/canvas.md has the differences from Celery that are tested", () => {
  expect(page).toContain(`<!-- differences -->\n${differencesTable()}\n<!-- end -->`);
});
