import { writeFile } from "node:fs/promises";
import { Session } from "node:inspector/promises";
import type { Json, JsonObject } from "@umbel/core";

/** Profiles the process that it is in, when the harness asks it to: the work alone, and not what came before. */
export class Profiler {
  readonly #session = new Session();

  /** What the harness may ask, for `serve`. */
  get answers(): Readonly<Record<string, (request: JsonObject) => Promise<Json>>> {
    return {
      "start profile": () => this.#start(),
      "end profile": ({ file }) => this.#end(file as string),
    };
  }

  async #start(): Promise<null> {
    this.#session.connect();
    await this.#session.post("Profiler.enable");
    await this.#session.post("Profiler.setSamplingInterval", { interval: SAMPLE_EVERY_US });
    await this.#session.post("Profiler.start");
    return null;
  }

  async #end(file: string): Promise<null> {
    const { profile } = await this.#session.post("Profiler.stop");
    this.#session.disconnect();
    await writeFile(file, JSON.stringify(profile));
    return null;
  }
}

const SAMPLE_EVERY_US = 200;
