import { chord } from "@umbel/canvas";
import type { Message } from "@umbel/core";
import { expect, test } from "vitest";
import { publications } from "../support/publications.ts";
import { Simulation } from "../support/simulation.ts";
import { strike } from "../support/strike.ts";

function flowOf({ tasks: { add, flaky } }: Simulation) {
  return chord([add.s(1, 1), add.s(2, 2)], flaky.s(2));
}

test("a body that is tried again has its claim in every turn", async () => {
  const world = new Simulation();
  expect(await world.flow(flowOf(world))).toBe(6);
  expect(world.attempts.filter((attempt) => attempt.startsWith("F1 "))).toEqual(["F1 0", "F1 1", "F1 2"]);
  expect((await world.join("F1.0"))?.claim?.turn).toBe(2);
});

test("of two copies of a body's turn one runs, in whatever order they come", async () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const world = new Simulation({ seed });
    publications(world, (message) => (message.id === "F1" ? [{ ...message, nonce: "copy" }] : []));
    expect(await world.flow(flowOf(world)), `seed ${seed}`).toBe(6);
    const made = world.attempts.filter((attempt) => attempt.startsWith("F1 "));
    expect(made, `seed ${seed}`).toEqual(["F1 0", "F1 1", "F1 2"]);
  }
});

test("a copy of an earlier turn that comes late does not run", async () => {
  const found: Message[] = [];
  let claims = 0;
  const world = new Simulation({
    fault: ({ label, phase }) => {
      if (!label.startsWith("claim F1.0 ") || phase !== "after") return undefined;
      const [first] = found;
      if ((claims += 1) === 2 && first !== undefined)
        world.server.enqueue({ ...first, nonce: "late", suspect: false });
      return undefined;
    },
  });
  const published = publications(world, (message) => {
    if (message.id === "F1") found.push(message);
    return [];
  });
  expect(await world.flow(flowOf(world))).toBe(6);
  expect(published.filter(({ nonce }) => nonce === "late")).toHaveLength(1);
  expect(world.runsOf("F1")).toBe(3);
});

test("a body whose worker died in its second turn runs that again under the same claim", async () => {
  let claims = 0;
  const world = new Simulation({
    fault: ({ label, phase }) =>
      label.startsWith("claim F1.0 ") && phase === "after" && (claims += 1) === 2 ? "crash" : undefined,
  });
  expect(await world.flow(flowOf(world))).toBe(6);
  expect(world.attempts.filter((attempt) => attempt.startsWith("F1 "))).toEqual(["F1 0", "F1 1", "F1 2"]);
});

test("a body whose retry was stored and not published goes on from it, claimed or not", async () => {
  const world = new Simulation({ fault: strike("crash", "after", "retry F1") });
  expect(await world.flow(flowOf(world))).toBe(6);
  expect(world.runsOf("F1")).toBe(3);
});
