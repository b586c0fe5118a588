import type { Broker, Json, OutcomeRecord } from "@umbel/core";

/** Records in one push. */
const MOST = 1000;

/** Values that a record may have in its outcome to be pushed with others; about 10 kB, when they are not long texts. */
const SMALL = 1000;

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

function isSmall({ outcome }: OutcomeRecord): boolean {
  return outcome.state === "SUCCESS" && weightOf(outcome.value, SMALL) < SMALL;
}

/** Characters of JSON, about; looks no further where they are so many. */
function weightOf(value: Json, most: number): number {
  if (typeof value === "string") return value.length + 2;
  if (value === null || typeof value !== "object") return 4;
  let weight = 2;
  for (const [key, item] of Object.entries(value)) {
    weight += key.length + weightOf(item, most - weight);
    if (weight >= most) break;
  }
  return weight;
}
