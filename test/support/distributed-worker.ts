import { distributedApp } from "./distributed-app.ts";

/** The module that worker processes of the tests are started with: `umbel worker -A …`. */
export const { app } = distributedApp({
  broker: process.env["UMBEL_BROKER"],
  backend: process.env["UMBEL_BACKEND"],
  queue: process.env["TEST_QUEUE"] ?? "celery",
  journal: process.env["TEST_JOURNAL"] ?? "/dev/null",
});
