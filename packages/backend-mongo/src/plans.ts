import type { Page, PlanStore } from "@umbel/core";
import type { Collection } from "mongodb";
import type { Collections } from "./collections.ts";
import { Hold } from "./collections.ts";
import { DUPLICATE, documentErrors } from "./failures.ts";
import type { PlanDocument } from "./plan-document.ts";

/** Characters in one document: at three bytes each, below MongoDB's limit of 16 MiB. */
const PIECE = 4_000_000;

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
    const documents = pages.flatMap((page) => piecesOf(page, new Date(expiresAtMs)));
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
    const ids = Array.from({ length: first.pieces - 1 }, (_, i) => pieceId(id, i + 1));
    const others = await this.#collections.calls.make("read a plan", () =>
      this.#plans.find({ _id: { $in: ids } }).toArray(),
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

function piecesOf({ id, text }: Page, expiresAt: Date): readonly PlanDocument[] {
  const pieces = cut(text);
  return pieces.map((piece, i) => ({ _id: pieceId(id, i), pieces: pieces.length, text: piece, expiresAt }));
}

/** n.b. never between the two halves of a character: neither would be one that MongoDB can hold. */
function cut(text: string): readonly string[] {
  const pieces: string[] = [];
  for (let from = 0; from < text.length || from === 0;) {
    const end = from + PIECE;
    const to = isHighSurrogate(text.charCodeAt(end - 1)) ? end - 1 : end;
    pieces.push(text.slice(from, to));
    from = to;
  }
  return pieces;
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

function pieceId(page: string, index: number): string {
  return index === 0 ? page : `${page}#${index}`;
}
