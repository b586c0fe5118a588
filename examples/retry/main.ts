// A task that is tried again: because it asks, or because of the error; and one that is given up.
import { chord } from "@umbel/canvas";
import { TaskFailed, Umbel } from "@umbel/runtime";

await using app = new Umbel("example");
const sum = app.task("sum", (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0));

// Asks for it, with its own delay. `ctx.retries` counts the attempts before this one.
const fetched = app.task("fetched", { bind: true }, (context, price: number) => {
  if (context.retries < 2) throw context.retry({ countdownMs: 10 });
  return price;
});
console.log(
  "in a chord",
  await chord([fetched.s(1), fetched.s(2)], sum.s())
    .apply()
    .get(),
);

// Its options name the error, the limit and the delay, which doubles: 10 ms, 20 ms, with jitter up to that.
class Busy extends Error {
  readonly code = "BUSY";
}
const options = {
  autoretryFor: [Busy],
  maxRetries: 2,
  retryBackoff: { baseMs: 10, capMs: 1_000 },
} as const;
const charge = app.task("charge", options, (cents: number): number => {
  throw new Busy(`no line free for ${cents}`);
});

// The last failure is the cause: match on its code.
const error = await charge
  .s(500)
  .apply()
  .get()
  .catch((thrown: unknown) => thrown);
if (error instanceof TaskFailed && error.cause instanceof TaskFailed) {
  console.log(error.errorCode, "-", error.errorMessage);
  console.log("because of", error.cause.errorCode);
}
