/** A run of a step that may have to be undone. */
export interface Holder {
  /** The nonce of its publication. */
  readonly by: string;
  /** That of its delivery (see `Delivery.rank`): from 0. */
  readonly rank: number;
}

/** A run that has begun a turn of its task. */
export interface Held extends Holder {
  readonly turn: number;
}

/** Whether a run may go on with what is held: it is of the same publication, and of no older delivery. */
export function holds(run: Holder | undefined, held: Holder): boolean {
  return run !== undefined && run.by === held.by && run.rank >= held.rank;
}
