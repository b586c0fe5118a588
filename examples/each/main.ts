// A step for each element of a list that is known only when the flow runs.
import { chain, each, group } from "@umbel/canvas";
import { Umbel } from "@umbel/runtime";

await using app = new Umbel("example");
const users = app.task("users", (team: string) => (team === "empty" ? [] : ["ada", "grace", "alan"]));
const greet = app.task("greet", (name: string, greeting: string) => `${greeting}, ${name}`);
const shout = app.task("shout", (text: string) => text.toUpperCase());
const count = app.task("count", (texts: readonly string[]) => texts.length);

// Each name becomes the input of a step, and the results are a list in the same order.
console.log(
  await users
    .s("core")
    .pipe(each(greet.s("Hello")))
    .apply()
    .get(),
);

// The step may be a flow of its own; what follows gets the list.
console.log(
  await users
    .s("core")
    .pipe(each(chain(greet.s("Hi"), shout.s())))
    .pipe(count.s())
    .apply()
    .get(),
);

// Nothing in the list is an empty list, not a flow that hangs.
console.log(
  await users
    .s("empty")
    .pipe(each(greet.s("Hello")))
    .pipe(count.s())
    .apply()
    .get(),
);

// Many small elements in few messages; the result is the same.
console.log(
  await users
    .s("core")
    .pipe(each(shout.s(), { size: 2 }))
    .apply()
    .get(),
);

// With the policies of groups, and within one.
console.log(
  await users
    .s("core")
    .pipe(each(shout.s(), { policy: { quorum: 3 } }))
    .apply()
    .get(),
);
console.log(
  await group({ core: users.s("core").pipe(each(shout.s())) })
    .apply()
    .get(),
);
