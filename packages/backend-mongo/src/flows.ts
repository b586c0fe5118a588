import type { FlowStore, StoredFlow } from "@umbel/core";
import type { Collection } from "mongodb";
import type { Collections } from "./collections.ts";
import { Hold } from "./collections.ts";
import { DUPLICATE, documentErrors } from "./failures.ts";
import type { FlowDocument } from "./flow-document.ts";
import { documentsOf, missingPieces, storedFlow } from "./flow-document.ts";

/** Flows in the collection `umbel_flows`: each is one document; one that is larger than that, several. */
export class MongoFlows implements FlowStore {
  readonly #collections: Collections;
  readonly #flows: Collection<FlowDocument>;
  readonly #hold: Hold;

  constructor(collections: Collections) {
    this.#collections = collections;
    this.#flows = collections.flows;
    this.#hold = new Hold(collections);
  }

  open(): Promise<void> {
    return this.#hold.open();
  }

  async save(flows: readonly StoredFlow[]): Promise<void> {
    const documents = flows.flatMap(documentsOf);
    if (documents.length === 0) return;
    const { calls } = this.#collections;
    const errors = await calls.make(SAVE, () =>
      documentErrors(this.#flows.insertMany(documents, { ordered: false })),
    );
    // A duplicate is of an attempt of our own.
    const refused = [...errors.values()].find(({ code }) => code !== DUPLICATE);
    if (refused !== undefined) throw calls.unavailable(SAVE, refused.errmsg ?? `code ${refused.code}`);
  }

  async load(id: string): Promise<StoredFlow | null> {
    const first = await this.#collections.calls.make(LOAD, () => this.#flows.findOne({ _id: id }));
    if (first === null || first.pieces === 0) return null;
    const text = first.pieces === 1 ? first.text : await this.#wholeText(first);
    return text === null ? null : storedFlow(first, text);
  }

  close(): Promise<void> {
    return this.#hold.close();
  }

  /** Null where a piece has expired, or is not written yet. */
  async #wholeText(first: FlowDocument): Promise<string | null> {
    const ids = missingPieces(first);
    const texts = [first.text];
    for (const id of ids) {
      const piece = await this.#collections.calls.make(LOAD, () => this.#flows.findOne({ _id: id }));
      if (piece === null) return null;
      texts.push(piece.text);
    }
    return texts.join("");
  }
}

const SAVE = "store a flow";

const LOAD = "read a flow";
