import type { ChannelModel } from "amqplib";
import { once } from "node:events";
import { Writable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { writeTogether } from "./written-together.ts";

function setup() {
  const written: string[] = [];
  const stream = new Writable({
    highWaterMark: 1024,
    write: (chunk: Buffer, _, done) => {
      written.push(chunk.toString("latin1"));
      setImmediate(done);
    },
  });
  writeTogether({ connection: { stream } } as unknown as ChannelModel);
  return { stream, written };
}

const LARGE = "x".repeat(16 * 1024);

test("what one turn writes leaves together, and nothing waits longer", async () => {
  const { stream, written } = setup();
  expect([stream.write(Buffer.from("a")), stream.write(Buffer.from("b"))]).toEqual([true, true]);
  expect(written).toEqual([]);
  await turn();
  expect(written).toEqual(["ab"]);
  stream.write(Buffer.from("c"));
  await turn();
  expect(written).toEqual(["ab", "c"]);
});

test("what is large leaves at once, behind what came before it, and tells whether more is taken", () => {
  const { stream, written } = setup();
  stream.write(Buffer.from("a"));
  expect(stream.write(Buffer.from(LARGE))).toBe(false);
  expect(written).toEqual([`a${LARGE}`]);
});

test("nothing is lost at the end, nor out of its order", async () => {
  const { stream, written } = setup();
  stream.write(Buffer.from("a"));
  stream.write("b", "utf8");
  stream.write(Buffer.from("c"));
  await once(stream.end(), "finish");
  expect(written.join("")).toBe("abc");
});

test("a socket that is gone is not written to, and nothing is thrown", async () => {
  const { stream, written } = setup();
  stream.write(Buffer.from("a"));
  stream.destroy();
  await turn();
  expect(written).toEqual([]);
});

test("a connection of another version stays as it is", () => {
  const model = { connection: {} } as unknown as ChannelModel;
  writeTogether(model);
  expect(model).toEqual({ connection: {} });
});
