import type { Json, JsonObject } from "@umbel/core";
import type { Case, Row, Work } from "./row.ts";
import { ROWS } from "./rows/index.ts";
import { serve } from "./serve.ts";

/**
 * Does the work of any row when the harness asks for it, and tells that it is ready to.
 *
 * @param workOf - This contestant's part of a row.
 */
export function serveRows<World>(
  workOf: (row: Row) => Work<World> | undefined,
  world: World,
  answers: Readonly<Record<string, (request: JsonObject) => Promise<Json>>> = {},
): void {
  serve({
    ...answers,
    work: async ({ row: name, which }) => {
      const row = ROWS.find((each) => each.name === name);
      const work = row && workOf(row);
      if (work === undefined) throw new Error(`there is no work for the row ${JSON.stringify(name)}`);
      return { ...(await work(world, which as unknown as Case)) };
    },
  });
}
