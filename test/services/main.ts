import { findMongodb } from "./mongodb.ts";
import { findRabbitmq } from "./rabbitmq.ts";
import type { Missing, Service } from "./service.ts";
import { isMissing } from "./service.ts";

/** `npm run services`: both servers in the foreground, until it is interrupted. */
async function main(): Promise<void> {
  const [broker, backend] = await Promise.all([findRabbitmq(), findMongodb()]);
  for (const found of [broker, backend]) console.log(isMissing(found) ? found.missing : found.how);
  console.log("");
  await Promise.all([serve("UMBEL_BROKER", broker), serve("UMBEL_BACKEND", backend)]);
}

/** Says where it is, in a line to copy, and keeps it until then. */
async function serve(variable: string, found: Service | Missing): Promise<void> {
  if (isMissing(found)) {
    process.exitCode = 1;
    return;
  }
  console.log(`export ${variable}=${found.url}`);
  await interruption();
  await found.stop();
}

async function interruption(): Promise<void> {
  const alive = setInterval(() => {}, 60_000);
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
  clearInterval(alive);
}

await main();
