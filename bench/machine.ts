import { cpus, release, totalmem, type } from "node:os";
import { readFileSync } from "node:fs";

/** Where it was measured, and with what: name and version or description. */
export type Machine = Readonly<Record<string, string>>;

/**
 * @param used - The servers and peers, in a line each.
 */
export function describeMachine(used: Machine): Machine {
  const [{ model } = { model: "unknown" }] = cpus();
  return {
    processor: `${cpus().length} × ${model}`,
    memory: `${Math.round(totalmem() / 1e9)} GB`,
    system: `${type()} ${release().replace(/-.*/, "")}`,
    node: process.versions.node,
    umbel: versionIn("../packages/runtime/package.json"),
    amqplib: versionIn("../node_modules/amqplib/package.json"),
    mongodb: `driver ${versionIn("../node_modules/mongodb/package.json")}`,
    ...used,
  };
}

function versionIn(file: string): string {
  const text = readFileSync(new URL(file, import.meta.url), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}
