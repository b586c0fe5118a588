import fc from "fast-check";
import { expect, test } from "vitest";
import { Acknowledgements } from "./acknowledgements.ts";

test("what has no gap below goes as one, the rest one by one", () => {
  const sent: [number, boolean][] = [];
  const acknowledgements = new Acknowledgements((tag, multiple) => sent.push([tag, multiple]));
  for (const tag of [2, 3, 1, 5, 8]) acknowledgements.add(tag);
  acknowledgements.flush();
  expect(sent).toEqual([
    [3, true],
    [5, false],
    [8, false],
  ]);
});

test("only the first since the last flush says so", () => {
  const acknowledgements = new Acknowledgements(() => {});
  expect([acknowledgements.add(1), acknowledgements.add(2)]).toEqual([true, false]);
  acknowledgements.flush();
  expect(acknowledgements.add(3)).toBe(true);
});

test("the broker forgets exactly what was acknowledged, and hears of no tag twice", () => {
  const steps = fc.array(fc.tuple(fc.nat({ max: 30 }), fc.constantFrom("ack", "requeue", "flush")), {
    maxLength: 80,
  });
  fc.assert(
    fc.property(steps, (chosen) => {
      const server = new Server();
      const acknowledgements = new Acknowledgements((tag, multiple) => server.ack(tag, multiple));
      const [acked, settled] = [new Set<number>(), new Set<number>()];
      for (const [index, step] of chosen) {
        const tag = index + 1;
        if (step === "flush") acknowledgements.flush();
        if (step === "flush" || settled.has(tag)) continue;
        settled.add(tag);
        if (step === "ack") acknowledgements.add(tag);
        else acknowledgements.finish(server.requeue(tag));
        if (step === "ack") acked.add(tag);
      }
      acknowledgements.flush();
      expect(server.forgotten).toEqual(acked);
    }),
  );
});

/** RabbitMQ's side of a channel: what is out, and what it was told to forget. It minds a tag that is not out. */
class Server {
  readonly forgotten = new Set<number>();
  readonly #out = new Set(Array.from({ length: 31 }, (_, i) => i + 1));

  ack(tag: number, multiple: boolean): void {
    if (!this.#out.has(tag)) throw new Error(`unknown delivery tag ${tag}`);
    for (const each of multiple ? [...this.#out].filter((other) => other <= tag) : [tag]) {
      this.#out.delete(each);
      this.forgotten.add(each);
    }
  }

  requeue(tag: number): number {
    if (!this.#out.delete(tag)) throw new Error(`unknown delivery tag ${tag}`);
    return tag;
  }
}
