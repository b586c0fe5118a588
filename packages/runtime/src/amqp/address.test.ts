import { expect, test } from "vitest";
import { parseAddress } from "./address.ts";

test("a URL becomes an address whose label has no password", () => {
  expect(parseAddress("amqp://ann:s3cret@rabbit:5673/shop?heartbeat=7")).toEqual({
    label: "amqp://rabbit:5673/shop",
    url: "amqp://rabbit:5673/shop?heartbeat=7",
    user: "ann",
    password: "s3cret",
  });
});

test("a URL without a heartbeat has one of 30 s", () => {
  expect(parseAddress("amqp://rabbit").url).toBe("amqp://rabbit?heartbeat=30");
});

test.each([
  ["amqp://rabbit", "guest", "guest"],
  ["amqp://ann@rabbit", "ann", ""],
  ["amqp://ann:@rabbit", "ann", ""],
  ["amqp://a%40b:p%3A%2F%C3%A9@rabbit", "a@b", "p:/é"],
  ["amqp://ann:100%@rabbit", "ann", "100%"],
])("%s is as %s", (url, user, password) => {
  expect(parseAddress(url)).toMatchObject({ user, password });
});

test.each([
  "amqp://",
  "amqps://rabbit",
  "amqp://[::1]:5672/%2F",
  "amqp://guest:guest@localhost:5672//",
  "amqp://h?frameMax=8192&channelMax=0",
])("%s can be used", (url) => {
  expect(() => parseAddress(url)).not.toThrow();
});

test.each([
  ["", "not a URL"],
  ["rabbit:5672", "its scheme is rabbit"],
  ["localhost", "not a URL"],
  ["http://ann:s3cret@rabbit", "its scheme is http"],
  ["amqp://ann:s3cret@rabbit:0", "its port is 0"],
  ["amqp://ann:s3cret@rabbit:99999", "not a URL with a port up to 65535"],
  ["amqp://ann:s3cret@rabbit:port", "not a URL with a port up to 65535"],
  ["amqp://ann:s3cret@rabbit?heartbeat=soon", "its heartbeat is not a whole number"],
  ["amqp://ann:s3cret@rabbit?frameMax=-1", "its frameMax is not a whole number"],
])("%s cannot be used, and the error does not tell the password", (url, reason) => {
  const parse = (): unknown => parseAddress(url);
  expect(parse).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  expect(parse).toThrow(reason);
  expect(parse).not.toThrow("s3cret");
});
