import { EventEmitter, once } from "node:events";
import { chain } from "@umbel/canvas";
import type { Message } from "@umbel/core";
import { StoreUnavailable, textOfSteps } from "@umbel/core";
import { expect, onTestFinished, test } from "vitest";
import { backendFor } from "./connect.ts";
import { systemEnvironment } from "./environment.ts";
import { PlanPages } from "./plan-pages.ts";
import { Umbel } from "./umbel.ts";

const SIZES = { whole: 32_000, page: 8000 };

const step = (id: string) =>
  ({ kind: "task", id, task: "inc", args: [], kwargs: {}, options: {}, immutable: false }) as const;
const rest = (id: string) => ({ kind: "rest", id, ends: [] }) as const;

/** A message with so much behind it. */
function before(...steps: Message["next"]["steps"]): Message {
  return { id: "F.0", task: "inc", next: { steps, join: null } } as unknown as Message;
}

/** Pages over a store that gives these answers, one after the other. */
function pagesOver(...answers: readonly (string | null | Error)[]) {
  const asked: string[] = [];
  const commit = {
    loadPage: async (id: string) => {
      const answer = answers[asked.push(id) - 1] ?? null;
      if (answer instanceof Error) throw answer;
      return answer;
    },
    savePages: async () => {},
  };
  const options = { environment: systemEnvironment(), pageSizes: SIZES, planExpiresMs: 1000 };
  return { pages: new PlanPages({ commit, ...options }), asked };
}

test("what follows a message is read once, and what is beside it stays behind it", async () => {
  const { pages, asked } = pagesOver(textOfSteps([step("F.1"), step("F.2")]));
  const message = before(rest("F.1@n"), step("F.3"));
  pages.prefetch(message);
  const opened = await pages.open(message);
  expect(await pages.open(message)).toBe(opened);
  expect(opened.next.steps).toEqual([step("F.1"), step("F.2"), step("F.3")]);
  expect(asked).toEqual(["F.1@n"]);
});

test("a message that has what follows it is as it was, and nothing is read", async () => {
  const { pages, asked } = pagesOver();
  const message = before(step("F.1"), rest("F.2@n"));
  pages.prefetch(message);
  expect(await pages.open(message)).toBe(message);
  expect(asked).toEqual([]);
});

test("what could not be read ahead is read again by whoever needs it", async () => {
  const { pages, asked } = pagesOver(new StoreUnavailable("cut"), textOfSteps([step("F.1")]));
  const message = before(rest("F.1@n"));
  pages.prefetch(message);
  await new Promise(setImmediate);
  expect((await pages.open(message)).next.steps).toEqual([step("F.1")]);
  expect(asked).toHaveLength(2);
});

test("a page that is gone is told by its name", async () => {
  const { pages } = pagesOver(null);
  await expect(pages.open(before(rest("F.1@n")))).rejects.toMatchObject({
    code: "PLAN_LOST",
    message: expect.stringContaining("F.1@n") as string,
  });
});

test("what follows a step is read while its handler runs, where no message is between them, too", async () => {
  const backend = await backendFor(undefined, systemEnvironment());
  const asked = new EventEmitter();
  let pages = 0;
  const load = backend.plans.load.bind(backend.plans);
  backend.plans.load = (id) => {
    asked.emit("page", (pages += 1));
    return load(id);
  };
  const app = new Umbel("ahead", { backend, pageSizes: { whole: 100, page: 100 } });
  onTestFinished(() => app.close());
  const inc = app.task("inc", async (x: number) => {
    if (x < 3 && pages <= x) await once(asked, "page"); // n.b. each step is a page of its own
    return x + 1;
  });
  const flow = chain(inc.s(), inc.s(), inc.s(), inc.s());
  expect(await flow.apply(0).get({ timeoutMs: 5_000 })).toBe(4);
  expect(pages).toBe(3);
});
