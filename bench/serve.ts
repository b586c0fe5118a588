import { Socket } from "node:net";
import { createInterface } from "node:readline";
import type { Json, JsonObject } from "@umbel/core";

/** The line to the harness: `program.ts` has its other end. */
const line = new Socket({ fd: 3 });
line.on("error", () => {});

/** Answers what the harness asks, by the name of the question; the process ends when nobody can ask any more. */
export function serve(answers: Readonly<Record<string, (request: JsonObject) => Promise<Json>>>): void {
  createInterface({ input: line }).on("line", (text) => {
    const request = JSON.parse(text) as JsonObject & { readonly id: number; readonly ask: string };
    const answer = Promise.resolve().then(() => answers[request.ask]!(request));
    answer.then(
      (given) => write({ id: request.id, answer: given }),
      (error: unknown) => write({ id: request.id, error: String((error as Error).stack ?? error) }),
    );
  });
  line.once("close", () => process.exit(0));
}

/** Tells the harness something by itself. */
export function note(name: string, answer: Json = null): void {
  write({ note: name, answer });
}

function write(said: JsonObject): void {
  line.write(`${JSON.stringify(said)}\n`);
}
