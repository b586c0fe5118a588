// A step that can be undone: when the flow fails, what had succeeded is undone, the last one first.
import { chain } from "@umbel/canvas";
import type { Done } from "@umbel/runtime";
import { TaskFailed, Umbel } from "@umbel/runtime";

await using app = new Umbel("example");

interface Booking {
  readonly what: string;
  readonly number: number;
}

let numbers = 100;
const book = app.task("book", (what: string): Booking => ({ what, number: (numbers += 1) }));
const pay = app.task("pay", (euros: number): string => {
  throw new Error(`no account has ${euros} euros`);
});

// It gets what its step was called with, and what it returned. It may run twice: it is idempotent by the booking's number.
const cancelBooking = app.task("booking.cancel", ({ args, result }: Done<Booking>) => {
  if (result.what === "a train") throw new Error("trains are not refunded");
  console.log("cancelled:", args[0], result.number);
});

const result = chain(
  book.si("a flight").compensate(cancelBooking.s()),
  book.si("a train").compensate(cancelBooking.s()),
  book.si("a room").compensate(cancelBooking.s()),
  pay.si(900),
).apply();

try {
  await result.get();
} catch (error) {
  if (!(error instanceof TaskFailed)) throw error;
  console.log("failed:", error.errorMessage);
}

// get() does not wait for the undos; this does.
const { undone, failed } = await result.compensation();
console.log("undone:", undone.length);
for (const { task, reason } of failed) console.log("not undone:", task, "-", reason.message);
