import { chain, chord, group } from "@umbel/canvas";
import type { AnyStep, Sender } from "@umbel/core";
import { Task } from "@umbel/core";

const app: Sender = {
  name: "proj",
  send: () => {
    throw new Error("nothing is sent here");
  },
};

const task = new Task<readonly unknown[], unknown>("t", {}, app);
const t = (n: number): AnyStep => task.s(n);

/** Every kind of operand of `|`: as a step of ours, and as a Python client writes it. */
export const OPERANDS = {
  task: { step: t(1), python: "t.s(1)" },
  "chain()": { step: chain(), python: "chain()" },
  "chain(task)": { step: chain(t(1)), python: "chain(t.s(1))" },
  "chain(task, task)": { step: chain(t(1), t(2)), python: "chain(t.s(1), t.s(2))" },
  "chain … group": { step: t(1).pipe(group([t(2), t(3)])), python: "(t.s(1) | group([t.s(2), t.s(3)]))" },
  "chain … chord": {
    step: t(0).pipe(chord([t(1), t(2)], t(3))),
    python: "(t.s(0) | group([t.s(1), t.s(2)]) | t.s(3))",
  },
  "group of none": { step: group([]), python: "group([])" },
  "group of one": { step: group([t(1)]), python: "group([t.s(1)])" },
  group: { step: group([t(1), t(2)]), python: "group([t.s(1), t.s(2)])" },
  "group of chains": {
    step: group([chain(t(1), t(2)), t(3)]),
    python: "group([chain(t.s(1), t.s(2)), t.s(3)])",
  },
  "chord of none": { step: chord([], t(3)), python: "chord([], t.s(3))" },
  chord: { step: chord([t(1), t(2)], t(3)), python: "chord([t.s(1), t.s(2)], t.s(3))" },
  "chord → chain": {
    step: chord([t(1), t(2)], chain(t(3), t(4))),
    python: "chord([t.s(1), t.s(2)], chain(t.s(3), t.s(4)))",
  },
  "chord → group": {
    step: chord([t(1), t(2)], group([t(3), t(4)])),
    python: "chord([t.s(1), t.s(2)], group([t.s(3), t.s(4)]))",
  },
  "chord → chord": {
    step: chord([t(1), t(2)], chord([t(3), t(4)], t(5))),
    python: "chord([t.s(1), t.s(2)], chord([t.s(3), t.s(4)], t.s(5)))",
  },
  map: { step: task.map([1, 2]), python: "t.map([1, 2])" },
  starmap: { step: task.starmap([[1], [2]]), python: "t.starmap([[1], [2]])" },
  chunks: { step: task.chunks([[1], [2], [3]], 2), python: "t.chunks([[1], [2], [3]], 2)" },
  "chunks.group()": {
    step: task.chunks([[1], [2], [3]], 2),
    python: "t.chunks([[1], [2], [3]], 2).group()",
  },
} satisfies Readonly<Record<string, { readonly step: AnyStep; readonly python: string }>>;

export type Operand = keyof typeof OPERANDS;

/** A chain of two calls. */
export function chainOf(n: number): AnyStep {
  return chain(t(n), t(n + 1));
}

/** A step that says all that a step can say. */
export const everything: AnyStep = chain(t(1), group([t(2), task.si(3)]), t(4))
  .set({ queue: "q", priority: 3, headers: { x: 1 }, countdownMs: 1500 })
  .stamp({ tenant: "acme" })
  .kwargs({ k: 2 })
  .link(chain(t(8), t(9)))
  .linkError(t(10));
