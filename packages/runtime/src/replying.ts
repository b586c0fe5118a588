import type { Broker, OutcomeRecord } from "@umbel/core";
import { isSmall } from "./weight.ts";

/** Records in one push. */
const MOST = 1000;

/**
 * Pushes outcomes to those who wait for them: what one turn of promises has for one address goes out together. There is no
 * delay. What is large goes by itself, so that no push is larger than the largest outcome, or a megabyte or some.
 */
export class Replying {
  readonly #broker: Pick<Broker, "reply">;
  readonly #gathered = new Map<string, OutcomeRecord[]>();

  constructor(broker: Pick<Broker, "reply">) {
    this.#broker = broker;
  }

  reply(address: string, records: readonly OutcomeRecord[]): void {
    for (const record of records) {
      if (isSmall(record)) this.#gather(address, record);
      else this.#broker.reply(address, [record]);
    }
  }

  #gather(address: string, record: OutcomeRecord): void {
    const gathered = this.#gathered.get(address) ?? this.#begin(address);
    gathered.push(record);
    if (gathered.length === MOST) this.#push(address, gathered);
  }

  /** n.b. In a microtask that is behind those of all whose outcomes were stored together. */
  #begin(address: string): OutcomeRecord[] {
    const gathered: OutcomeRecord[] = [];
    this.#gathered.set(address, gathered);
    queueMicrotask(() => this.#push(address, gathered));
    return gathered;
  }

  #push(address: string, gathered: OutcomeRecord[]): void {
    if (this.#gathered.get(address) !== gathered) return;
    this.#gathered.delete(address);
    this.#broker.reply(address, gathered);
  }
}
