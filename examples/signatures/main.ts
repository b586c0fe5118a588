// A call before it is made: arguments bound, options set, sent as often as one likes.
import { chain } from "@umbel/canvas";
import { Umbel } from "@umbel/runtime";

await using app = new Umbel("example");
const power = app.task("power", (base: number, exponent: number) => base ** exponent);
const greet = app.task(
  "greet",
  (name: string, { greeting = "Hello" }: { readonly greeting?: string } = {}) => `${greeting}, ${name}`,
);
const where = app.task("where", { bind: true }, ({ headers, stamps }) => ({ headers, stamps }));

// Bound arguments are the last ones; what comes goes in front.
const cube = power.s(3);
console.log(await cube.apply(2).get(), await cube.apply(10).get());
console.log(await chain(power.s(2, 2), cube).apply().get());

// `.si` ignores the result before it. `.clone` binds more, in front of what is bound.
console.log(await chain(cube.clone(2), power.si(5, 2)).apply().get());

// Keyword arguments: for a Python worker; a handler of ours gets them as its last argument.
console.log(await greet.s("you").kwargs({ greeting: "Good day" }).apply().get());

// Options are inherited by what they are set on; stamps stay as they are once they are set.
const flow = chain(where.s())
  .set({ headers: { request: 7 }, priority: 5 })
  .stamp({ tenant: "acme" });
console.log(await flow.apply().get());

// None of this has changed `cube`.
console.log(await cube.apply(2).get());
