// To end a flow: what runs hears it, what is queued does not run, and every get() ends with FlowCancelled.
import { EventEmitter, once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { chain, group } from "@umbel/canvas";
import { FlowCancelled, Umbel } from "@umbel/runtime";

await using app = new Umbel("example", { concurrency: 1 });

const downloads = new EventEmitter();
const download = app.task("download", { bind: true }, async ({ signal }, url: string): Promise<string> => {
  console.log("downloading", url);
  downloads.emit("begun");
  await sleep(60_000, undefined, { signal }); // rejects when the flow is cancelled, as fetch(url, { signal }) does
  return `what is at ${url}`;
});
const count = app.task("count", (pages: readonly string[]) => pages.length);

const begun = once(downloads, "begun");
const result = group(["a.html", "b.html", "c.html"].map((url) => download.s(url)))
  .pipe(count.s())
  .apply();
await begun;
await result.cancel({ reason: "not needed any more" });

try {
  await result.get();
} catch (error) {
  if (!(error instanceof FlowCancelled)) throw error;
  console.log("cancelled:", error.reason);
}
for (const page of result.parent?.children ?? []) {
  await page.get().catch(() => {});
  console.log("download:", await page.state());
}

// Those that lose a race are cancelled, too.
const quick = app.task("quick", (text: string) => text);
const slow = chain(quick.s("slow"), quick.s().set({ countdownMs: 3_600_000 }));
const race = group([quick.s("quick"), slow], "any").apply();
console.log("the first:", await race.get());
const [, loser] = race.children;
await loser
  ?.get()
  .catch((error: FlowCancelled) => console.log("the other:", error.reason.replace(/ \S+ was/, " was")));
