import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Contestant } from "../../bench/contestant.ts";
import { FROM_SOURCE } from "../../bench/launch.ts";
import { openLimit } from "../../bench/limits/contestant.ts";
import { profileRow } from "../../bench/prof/profile-row.ts";
import { rowSection } from "../../bench/report/table.ts";
import { playRow } from "../../bench/rounds.ts";
import { takesPart } from "../../bench/row.ts";
import { ROWS, rowsOf } from "../../bench/rows/index.ts";
import { Site } from "../../bench/site.ts";
import { askSample, openUmbel } from "../../bench/umbel/contestant.ts";
import { openFolder } from "../support/folder.ts";
import { describeWith } from "../support/services.ts";

/** One measured turn of each, whatever others do: nothing is timed here. */
const ONCE = {
  rounds: 1,
  othersMost: 1,
  repeatsMost: 0,
  turnMs: 0,
  warmUpMs: 0,
  onTurn: () => {},
  onFailure: () => {},
};

describeWith(["amqp", "mongo"], "each row of the benchmark, very small", ({ amqp, mongo }) => {
  const all: Contestant[] = [];

  beforeAll(async () => {
    const newSite = (): Site => new Site({ amqp: amqp.url, mongo: mongo.url }, FROM_SOURCE);
    const ours = await openUmbel(newSite(), 2);
    all.push(ours);
    all.push(await openUmbel(newSite(), 2, 4));
    all.push(await openLimit(newSite(), await askSample(ours), 2));
  });

  afterAll(async () => {
    await Promise.all(all.map((each) => each[Symbol.asyncDispose]()));
  });

  test.each(ROWS.map((row) => [row.name, row] as const))(
    "%s gives the right answers, and a number for every figure",
    async (name, row) => {
      const taking = all.filter((each) => takesPart(row, each.name));
      const result = await playRow(row, row.tiny, taking, ONCE);
      expect(result.cases.map(({ turns }) => Object.keys(turns).length)).toEqual(
        row.tiny.map(() => taking.length),
      );
      const section = rowSection(result);
      expect(section).toContain(`### ${name}`);
      const ours = result.cases.flatMap(({ which, turns }) =>
        row.figures.map((figure) => figure.of({ ...turns.umbel![0]!, answer: null }, which)),
      );
      expect(ours.filter((value) => Number.isNaN(value)).length).toBeLessThanOrEqual(missing(name, ours));
    },
  );

  test("a row is profiled at each of its sizes, the client and the worker", async () => {
    await using folder = await openFolder();
    const servers = { amqp: amqp.url, mongo: mongo.url };
    const [chord] = rowsOf(["chord"]);
    const told = await profileRow(chord!, chord!.tiny, {
      ...{ servers, launch: FROM_SOURCE, warmUpMs: 0, rounds: 1 },
      folder: join(folder.path, "profiles"),
    });
    const sizes = chord!.tiny.map(({ name }) => name);
    const both = sizes.flatMap((size) => [`chord, ${size}: client,`, `chord, ${size}: worker,`]);
    expect(told.match(/^chord, .*?: \w+,/gm)).toEqual(both);
    expect(await readdir(join(folder.path, "profiles"))).toHaveLength(both.length);
  });
});

/** What others' servers hold cannot be told. */
function missing(row: string, figures: readonly number[]): number {
  return row === "big-chord" ? figures.length : 0;
}
