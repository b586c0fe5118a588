import { describe, inject } from "vitest";
import { runCommand } from "../services/command.ts";
import type { Provided } from "../services/global-setup.ts";
import type { Missing } from "../services/service.ts";
import { isMissing } from "../services/service.ts";

/** A server that a test may talk to. */
export interface TestService {
  readonly url: string;
  /** What it is and how it was had, in a line. */
  readonly how: string;
  /**
   * Runs `rabbitmqctl` on it and gives what it wrote, as in `ctl("-q", "close_all_connections", "test")`.
   * Absent where the server is not a RabbitMQ that this run started.
   */
  readonly ctl?: (...args: readonly string[]) => Promise<string>;
}

/** RabbitMQ and MongoDB, each a server or the reason why there is none. */
export const services: { readonly amqp: TestService | Missing; readonly mongo: TestService | Missing } = {
  amqp: testService(inject("amqp")),
  mongo: testService(inject("mongo")),
};

/** The names by which a suite asks for what it needs. */
export type ServiceName = keyof typeof services;

/**
 * A suite that needs servers: it runs with them, or is skipped with the reason in its title.
 *
 * @param needed - `"amqp"`, `"mongo"` or both in an array.
 * @param body - Defines the tests, as for `describe`; it is given what was asked for. Use the addresses within tests and
 *   hooks only: where the suite is skipped they lead nowhere.
 * @example
 * describeWith(["amqp", "mongo"], "a flow", ({ amqp, mongo }) => {
 *   test("arrives", async () => { await using world = await openWorld(amqp.url, mongo.url); });
 * });
 */
export function describeWith<const Name extends ServiceName>(
  needed: Name | readonly Name[],
  title: string,
  body: (found: Readonly<Record<Name, TestService>>) => void,
): void {
  const names = (Array.isArray(needed) ? needed : [needed]) as readonly Name[];
  const missing = names.map((name) => services[name]).filter((found) => isMissing(found));
  const reason = missing.map((found) => found.missing).join("; ");
  const found = Object.fromEntries(names.map((name) => [name, present(name)])) as Record<Name, TestService>;
  describe.skipIf(reason !== "")(reason === "" ? title : `${title} (${reason})`, () => {
    body(found);
  });
}

/** Nothing listens on port 1. */
const NOWHERE = { amqp: "amqp://127.0.0.1:1", mongo: "mongodb://127.0.0.1:1" };

function present(name: ServiceName): TestService {
  const found = services[name];
  return isMissing(found) ? { url: NOWHERE[name], how: found.missing } : found;
}

function testService(given: Provided | Missing | undefined): TestService | Missing {
  if (given === undefined) return { missing: "this project of vitest starts no servers" };
  if (isMissing(given)) return given;
  const { url, how, control } = given;
  if (control === undefined) return { url, how };
  const { program, environment } = control;
  const ctl = (...args: readonly string[]) =>
    runCommand(program, [...control.arguments, ...args], { environment });
  return { url, how, ctl };
}
