import { describe, expect, test } from "vitest";
import type { JsonObject } from "../json.ts";
import type { Message } from "../message.ts";
import { decodeBundle, encodeBundle, isBundle } from "./bundle.ts";
import type { EncodedMessage } from "./message.ts";
import { REPLY_PREFIX, decodeMessage, encodeMessage } from "./message.ts";

const PLAIN: Message = {
  ...{ id: "F.0.0", task: "add", args: [1, 2], kwargs: {}, options: {}, flow: "F", parent: null },
  ...{ retries: 0, turn: 0, nonce: "n", suspect: false, next: { steps: [], join: null }, claim: null },
  ...{ replyTo: null, callbacks: [], errbacks: [], etaMs: null, expiresMs: null },
};

/** One of each kind, all of the priority 4. */
const KINDS: readonly Partial<Message>[] = [
  {},
  { id: "F.0.1", next: { steps: [], join: { join: "F.0", index: 1, size: 3, ends: ["F.1"], outer: null } } },
  { id: "ä".repeat(300), replyTo: `${REPLY_PREFIX}x`, suspect: true, retries: 2, turn: 3, claim: "F.0" },
  { id: "F.2", args: [{ __type__: "float", __value__: "NaN" }, '}{"]'], kwargs: { __proto__x: [[]] } },
  { id: "F.3", parent: "F.2", etaMs: 1000, expiresMs: 2000, options: { headers: { tenant: "a" } } },
  { id: "F.4", options: { ignoreResult: true, stamps: { by: "b" } }, compensation: "step" },
  {
    id: "F.5",
    task: "umbel.start",
    args: [],
    next: {
      join: null,
      steps: [{ kind: "task", id: "F.6", task: "t", args: [], kwargs: {}, immutable: true, options: {} }],
    },
  },
];

const MESSAGES = KINDS.map((said) => ({
  ...PLAIN,
  ...said,
  options: { ...said.options, priority: 4 },
})) as unknown as readonly [Message, ...Message[]];

/** As it comes out of a transport. */
function overWire(encoded: EncodedMessage): EncodedMessage {
  return { ...encoded, headers: JSON.parse(JSON.stringify(encoded.headers)) as JsonObject };
}

describe("messages that travel as one", () => {
  test("are read as they are when each travels alone", () => {
    const bundle = overWire(encodeBundle(MESSAGES));
    const alone = MESSAGES.map((message) => decodeMessage(overWire(encodeMessage(message))));
    expect(decodeBundle(bundle).map(({ message }) => message)).toStrictEqual(alone);
    expect(decodeBundle(bundle).map(({ encoded }) => encoded())).toEqual(MESSAGES.map(encodeMessage));
  });

  test("are a message of Celery's protocol, of a task that nobody registers", () => {
    const bundle = encodeBundle([PLAIN]);
    expect(isBundle(bundle)).toBe(true);
    expect(isBundle(encodeMessage(PLAIN))).toBe(false);
    expect(bundle).toMatchObject({
      headers: { lang: "js", task: "umbel.bundle", id: "F.0.0" },
      contentType: "application/json",
      correlationId: "F.0.0",
    });
    expect(JSON.parse(bundle.body)).toEqual([[[expect.any(Object), null, [[1, 2], {}, {}]]], {}, {}]);
  });

  test("of which one cannot be read are the others", () => {
    const bundle = encodeBundle([PLAIN, { ...PLAIN, id: "F.0.1" }]);
    const broken = bundle.body.replace("[[1,2],{},{}]", "[3,{},{}]");
    const [first, second] = decodeBundle({ ...bundle, body: broken });
    expect(first?.message).toEqual({
      undecodable: "its args is 3, not a list",
      id: "F.0.0",
      task: "add",
      replyTo: null,
    });
    expect(second?.message).toMatchObject({ id: "F.0.1", args: [1, 2] });
  });

  test.each([
    ["3", "a part of a bundle is 3, not a list"],
    ["[3,null,[]]", "the headers of a part of a bundle is 3, not a map"],
  ])("of which one is %s, and so has no id, are the others", (broken, undecodable) => {
    const bundle = encodeBundle([PLAIN, { ...PLAIN, id: "F.0.1" }]);
    const [first] = (JSON.parse(bundle.body) as [unknown[]])[0];
    const body = bundle.body.replace(JSON.stringify(first), broken);
    const [none, second] = decodeBundle({ ...bundle, body });
    expect(none?.message).toEqual({ undecodable, id: null, task: null, replyTo: null });
    expect(none?.encoded()).toMatchObject({ headers: {}, body: broken });
    expect(second?.message).toMatchObject({ id: "F.0.1", args: [1, 2] });
  });

  test.each([
    ["[[],{},{}]", "it is a bundle of nothing"],
    ["[", 'its body is not JSON: "["'],
  ])("of the body %s are one that cannot be read", (body, reason) => {
    const [only, ...others] = decodeBundle({ ...encodeBundle([PLAIN]), body });
    expect(only?.message).toMatchObject({ undecodable: reason, id: "F.0.0", task: "umbel.bundle" });
    expect(others).toEqual([]);
    expect(only?.encoded().body).toBe(body);
  });
});
