import type { Command } from "commander";
import type { DrawFormat } from "@umbel/core";
import { InvalidArgumentError } from "commander";
import type { Umbel } from "../umbel.ts";
import { importApp } from "./app-module.ts";
import { CommandError } from "./command-error.ts";

interface Options {
  readonly app: string;
  readonly format: DrawFormat;
  readonly limit: number;
}

/** Adds `umbel flow` to the program. */
export function addFlowCommand(program: Command): void {
  program
    .command("flow")
    .description("Draws a flow that was sent, with the state of each of its tasks and why it failed.")
    .argument("<id>", "the flow's id: result.flow where it was sent")
    .requiredOption("-A, --app <module>", "the module that exports the app: a path, such as ./dist/tasks.js")
    .option("-f, --format <format>", "text, mermaid or dot", readFormat, "text")
    .option("--limit <n>", "members of one group, and steps of one chain, that are drawn", readLimit, 20)
    .addHelpText(
      "after",
      "\nExit codes: 0 it was drawn, 1 an error or no such flow, 2 a mistake in the command line.",
    )
    .action(drawFlow);
}

async function drawFlow(id: string, { app: module, format, limit }: Options): Promise<void> {
  const app = await importApp(module, process.cwd());
  refuseMemory(app);
  try {
    process.stdout.write(`${await app.flow(id).draw(format, { limit })}\n`);
  } finally {
    await app.close();
  }
}

function refuseMemory({ name, brokerKind }: Umbel): void {
  if (brokerKind !== "memory") return;
  throw new CommandError(
    `the app "${name}" has no broker, so its flows are known in the process that sends them only; ` +
      "set UMBEL_BROKER to amqp://… and UMBEL_BACKEND to mongodb://… (or what the app reads them from)",
  );
}

function readFormat(text: string): DrawFormat {
  if (text === "text" || text === "mermaid" || text === "dot") return text;
  throw new InvalidArgumentError("Expected text, mermaid or dot.");
}

function readLimit(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Expected a whole number from 1.");
}
