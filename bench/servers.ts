import { findMongodb } from "../test/services/mongodb.ts";
import { findRabbitmq } from "../test/services/rabbitmq.ts";
import type { Missing, Service } from "../test/services/service.ts";
import { isMissing } from "../test/services/service.ts";

/** Servers that were found or started, and are stopped again. */
export interface OpenServers extends AsyncDisposable {
  readonly amqp: Service;
  readonly mongo: Service;
}

/** The servers of the tests. @throws {Error} One cannot be had; with the reason. */
export async function openServers(): Promise<OpenServers> {
  const [amqp, mongo] = await Promise.all([findRabbitmq(), findMongodb()]);
  const close = async (): Promise<void> => {
    for (const each of [amqp, mongo]) if (!isMissing(each)) await each.stop();
  };
  try {
    return { amqp: present(amqp), mongo: present(mongo), [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

function present(found: Service | Missing): Service {
  if (isMissing(found)) throw new Error(found.missing);
  return found;
}
