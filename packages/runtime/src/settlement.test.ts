import type { Message } from "@umbel/core";
import { expect, test } from "vitest";
import { systemEnvironment } from "./environment.ts";
import { PlanPages } from "./plan-pages.ts";
import type { Run } from "./run.ts";
import type { SettlementOptions } from "./settlement.ts";
import { Settlement } from "./settlement.ts";

/** A settlement that has only what it needs to publish. */
function settlement(): Settlement {
  const environment = systemEnvironment();
  const commit = {
    loadPage: () => Promise.reject(new Error("there are no pages")),
    savePages: () => Promise.reject(new Error("nothing is long")),
  };
  const pages = new PlanPages({
    ...{ commit, environment, planExpiresMs: 1000 },
    pageSizes: { whole: 32_000, page: 8000 },
  });
  const retention = { resultExpiresMs: 1000 };
  const options = { environment, pages, retention, defaultQueue: "celery" };
  return new Settlement(options as unknown as SettlementOptions);
}

function message(id: string): Message {
  return { id, task: "add", options: {}, next: { steps: [], join: null } } as unknown as Message;
}

test("the messages of a group are made as they are sent, each once", async () => {
  const made: string[] = [];
  const sent: string[] = [];
  function* messages(): Generator<Message, void> {
    for (const id of ["G.0", "G.1", "G.2"]) {
      made.push(id);
      yield message(id);
    }
  }
  const delivery = {
    isAlive: () => true,
    publish: async (published: Iterable<Message>) => {
      for (const { id } of published) sent.push(`${id} of ${made.length}`);
    },
  };
  const run = { delivery, message: message("G"), isSuspect: false } as unknown as Run;
  const group = { length: 3, [Symbol.iterator]: messages };
  await settlement().perform(run, [{ kind: "publish", messages: group }]);
  expect(sent).toEqual(["G.0 of 1", "G.1 of 2", "G.2 of 3"]);
});
