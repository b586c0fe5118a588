import { fileURLToPath } from "node:url";
import { runCommand } from "./command.ts";
import { startGuard } from "./guard.ts";
import type { Missing, Service } from "./service.ts";
import type { Source } from "./source.ts";

const COMPOSE_FILE = fileURLToPath(new URL("../../compose.yaml", import.meta.url));
const START_WITHIN_MS = 10 * 60_000;

/** When this process is gone: takes the containers down. */
const TAKE_DOWN = `while read -r line; do :; done; exec "$@"`;

/**
 * A service of `compose.yaml`, where docker's engine answers.
 *
 * @param name - Its name in that file.
 * @param describe - Gives the service, once it is healthy; what it does not know is how to stop it.
 */
export function composeSource(name: string, describe: () => Promise<Service>): Source {
  return { name: "docker", open: () => bringUp(name, describe) };
}

async function bringUp(name: string, describe: () => Promise<Service>): Promise<Service | Missing> {
  if (!(await engineAnswers())) return { missing: "no docker engine answers" };
  const project = ["compose", "-f", COMPOSE_FILE, "-p", `umbel-test-${name}-${process.pid}`];
  const down = [...project, "down", "--volumes"];
  const guard = startGuard(TAKE_DOWN, "docker", ...down);
  const stop = async () => {
    await runCommand("docker", down);
    guard.dismiss();
  };
  try {
    await runCommand("docker", [...project, "up", "--detach", "--wait", name], {
      timeoutMs: START_WITHIN_MS,
    });
    return { ...(await describe()), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function engineAnswers(): Promise<boolean> {
  try {
    await runCommand("docker", ["info"], { timeoutMs: 10_000 });
    return true;
  } catch {
    return false;
  }
}
