/** A piece of a page; the first has the page's id, the others `<id>#1`, `<id>#2`. */
export interface PlanDocument {
  readonly _id: string;
  /** Pieces of the page. */
  readonly pieces: number;
  readonly text: string;
  readonly expiresAt: Date;
}
