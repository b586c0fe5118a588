import { expect, test } from "vitest";
import type { Link } from "./link.ts";
import { Topology } from "./topology.ts";

/** A connection whose broker answers each declaration when a test says so. */
function open() {
  const answers: { readonly accept: () => void; readonly fail: () => void }[] = [];
  const assertQueue = () =>
    new Promise<void>((accept, reject) =>
      answers.push({ accept, fail: () => reject(new Error("the connection ended")) }),
    );
  const channel = () => Promise.resolve({ raw: { assertQueue }, close: () => Promise.resolve() });
  return { topology: new Topology({ channel } as unknown as Link), answers };
}

test("a queue is settled when its last declaration is, whatever becomes of one before", async () => {
  for (const end of ["accept", "fail"] as const) {
    const { topology, answers } = open();
    const first = topology.declare("q").catch(() => {});
    const second = topology.declareAgain("q");
    await expect.poll(() => answers.length).toBe(2);
    answers[0]?.[end]();
    await first;
    expect([topology.isSettled("q"), topology.declare("q") === second]).toEqual([false, true]);
    answers[1]?.accept();
    await second;
    expect(topology.isSettled("q")).toBe(true);
  }
});
