/** A worker's life, in order. */
export type WorkerState = "new" | "starting" | "running" | "draining" | "stopped";

const NEXT: Readonly<Record<WorkerState, readonly WorkerState[]>> = {
  new: ["starting", "stopped"],
  starting: ["running", "stopped"],
  running: ["draining"],
  draining: ["stopped"],
  stopped: [],
};

/** Holds a worker's state and lets it go forward only. */
export class Lifecycle {
  #state: WorkerState = "new";

  get state(): WorkerState {
    return this.#state;
  }

  /** @throws {Error} There is no way from the present state to this one. */
  become(state: WorkerState): void {
    if (!NEXT[this.#state].includes(state))
      throw new Error(`a worker that is ${this.#state} cannot become ${state}`);
    this.#state = state;
  }
}
