import type { Page, PlanStore } from "@umbel/core";
import type { Collection } from "mongodb";
import type { Collections } from "./collections.ts";
import { Hold } from "./collections.ts";
import { DUPLICATE, documentErrors } from "./failures.ts";
import { furtherPieces, pieceId, piecesOf } from "./pieces.ts";
import type { PlanDocument } from "./plan-document.ts";

/** Plans in the collection `umbel_plans`; a page that is larger than a document is kept in pieces. */
export class MongoPlans implements PlanStore {
  readonly #collections: Collections;
  readonly #plans: Collection<PlanDocument>;
  readonly #hold: Hold;

  constructor(collections: Collections) {
    this.#collections = collections;
    this.#plans = collections.plans;
    this.#hold = new Hold(collections);
  }

  open(): Promise<void> {
    return this.#hold.open();
  }

  async save(pages: readonly Page[], expiresAtMs: number): Promise<void> {
    const documents = pages.flatMap((page) => documentsOf(page, new Date(expiresAtMs)));
    if (documents.length === 0) return;
    const { calls } = this.#collections;
    const errors = await calls.make(SAVE, () =>
      documentErrors(this.#plans.insertMany(documents, { ordered: false })),
    );
    // A duplicate is of an attempt of our own, or of somebody who sends the same flow.
    const refused = [...errors.values()].find(({ code }) => code !== DUPLICATE);
    if (refused !== undefined) throw calls.unavailable(SAVE, refused.errmsg ?? `code ${refused.code}`);
  }

  async load(id: string): Promise<string | null> {
    const first = await this.#collections.calls.make("read a plan", () => this.#plans.findOne({ _id: id }));
    if (first === null || first.pieces === 1) return first?.text ?? null;
    const ids = furtherPieces(id, first.pieces);
    const others = await this.#collections.calls.make("read a plan", () =>
      this.#plans.find({ _id: { $in: [...ids] } }).toArray(),
    );
    const texts = new Map(others.map(({ _id, text }) => [_id, text]));
    return ids.every((piece) => texts.has(piece))
      ? first.text + ids.map((piece) => texts.get(piece)).join("")
      : null;
  }

  close(): Promise<void> {
    return this.#hold.close();
  }
}

const SAVE = "store a plan";

function documentsOf({ id, text }: Page, expiresAt: Date): readonly PlanDocument[] {
  const pieces = piecesOf(text);
  return pieces.map((piece, i) => ({ _id: pieceId(id, i), pieces: pieces.length, text: piece, expiresAt }));
}
