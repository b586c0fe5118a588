import { expect, test } from "vitest";
import { parseAddress } from "./address.ts";
import { reasonOf, refusalOf } from "./refusal.ts";

const address = parseAddress("amqp://ann:s3cret@rabbit/shop%20one");

function coded(code: string): Error {
  return Object.assign(new Error(`something about ${code}`), { code });
}

test.each([
  ["Handshake terminated by server: 403 (ACCESS-REFUSED) with message …", 'it refuses the user "ann"'],
  [
    "Expected ConnectionOpenOk; got <ConnectionClose channel:0>",
    'the virtual host "shop one" to the user "ann"',
  ],
])("%s is final", (message, reason) => {
  expect(refusalOf(new Error(message), address)).toMatchObject({
    isFinal: true,
    reason: expect.stringContaining(reason),
  });
});

test.each([
  "ERR_SSL_WRONG_VERSION_NUMBER",
  "CERT_HAS_EXPIRED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
])("%s is final", (code) => expect(refusalOf(coded(code), address).isFinal).toBe(true));

test.each(["ECONNREFUSED", "ECONNRESET", "ENOTFOUND", "EAI_AGAIN", "ETIMEDOUT", "EHOSTUNREACH"])(
  "%s is not",
  (code) => expect(refusalOf(coded(code), address).isFinal).toBe(false),
);

test("several addresses of one name: the first one's failure is the reason", () => {
  expect(reasonOf(new AggregateError([new Error("connect ECONNREFUSED ::1:5672"), new Error("other")]))).toBe(
    "connect ECONNREFUSED ::1:5672",
  );
});

test("a socket that was aborted tells why it was", () => {
  const cause = new Error("no answer within 5 ms");
  expect(
    reasonOf(Object.assign(new Error("The operation was aborted", { cause }), { name: "AbortError" })),
  ).toBe("no answer within 5 ms");
});

test("what is no error is told as it is", () => {
  expect(reasonOf("gone")).toBe("gone");
});
