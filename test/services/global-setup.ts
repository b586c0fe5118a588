import type { TestProject } from "vitest/node";
import { findMongodb } from "./mongodb.ts";
import { findRabbitmq } from "./rabbitmq.ts";
import type { Control, Missing, Service } from "./service.ts";
import { isMissing } from "./service.ts";

/** What a test's process is told of a service: plain data. */
export interface Provided {
  readonly url: string;
  readonly how: string;
  readonly control?: Control;
}

declare module "vitest" {
  export interface ProvidedContext {
    readonly amqp: Provided | Missing;
    readonly mongo: Provided | Missing;
  }
}

/**
 * Finds or starts both servers before the first test and stops them after the last.
 *
 * @throws {Error} One is missing and CI is set: there, a test that cannot run has failed.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [amqp, mongo] = await Promise.all([findRabbitmq(), findMongodb()]);
  const teardown = async () => void (await Promise.all([stop(amqp), stop(mongo)]));
  for (const found of [amqp, mongo]) console.log(isMissing(found) ? found.missing : found.how);
  project.provide("amqp", provided(amqp));
  project.provide("mongo", provided(mongo));
  const missing = [amqp, mongo].filter((found) => isMissing(found));
  if (missing.length > 0 && process.env["CI"] === "true") {
    await teardown();
    throw new Error(missing.map((found) => found.missing).join("\n"));
  }
  return teardown;
}

function provided(found: Service | Missing): Provided | Missing {
  if (isMissing(found)) return found;
  const { url, how, control } = found;
  return control === undefined ? { url, how } : { url, how, control };
}

async function stop(found: Service | Missing): Promise<void> {
  if (!isMissing(found)) await found.stop();
}
