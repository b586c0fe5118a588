// A task that adds members to the group that it is a member of, while that runs: a crawl that ends when it is complete.
import { chord, group } from "@umbel/canvas";
import type { Task } from "@umbel/runtime";
import { TaskFailed, Umbel } from "@umbel/runtime";

await using app = new Umbel("example");
const PAGES: Readonly<Record<string, readonly string[]>> = { home: ["news", "about"], news: ["today"] };

// Each page adds the pages that it links to; what was added adds in turn.
const crawl: Task<[page: string], string> = app.task("crawl", { bind: true }, (context, page: string) => {
  for (const link of PAGES[page] ?? []) context.addToChord(crawl.s(link));
  return page;
});
const report = app.task("report", (pages: readonly string[]) => `${pages.length} pages: ${pages.join(", ")}`);

// The body waits for all of them: the members in order, then what each of them added.
console.log(
  await chord([crawl.s("home"), crawl.s("help")], report.s())
    .apply()
    .get(),
);

// An attempt that is tried again adds nothing: what counts is what the last one added.
const policy = { bind: true, autoretryFor: [RangeError], retryDelayMs: 10 } as const;
const hasty = app.task("hasty", policy, (context) => {
  context.addToChord(crawl.s(`attempt ${context.retries + 1}`));
  if (context.retries < 2) throw new RangeError("too early");
  return "done";
});
console.log(await chord([hasty.s()], report.s()).apply().get());

// What was added and fails, fails the group; a settled one goes on, and is told where it stands.
const broken = app.task("broken", (page: string): string => {
  throw new Error(`no page ${page}`);
});
const careless = app.task("careless", { bind: true }, (context) => {
  context.addToChord(broken.s("nowhere"));
  return "careless";
});
const settled = await group([careless.s(), crawl.s("about")], "settled")
  .apply()
  .get();
console.log(settled.map(({ status }) => status));

// Only the last step of a member of a group can add to it. The text says what to do.
try {
  await careless.s().apply().get();
} catch (error) {
  if (error instanceof TaskFailed)
    console.log(error.errorCode, "-", error.errorMessage.replace(/ in \S+:/, ":"));
}
