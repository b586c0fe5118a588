/**
 * What one worker has completed: every member that arrives again asks for it, and each time costs a read of all members.
 *
 * n.b. A completion counts once all its effects are performed and confirmed, so that none of them can be missing; until then,
 * and when it fails, whoever asks shares its fate and is delivered again.
 */
export class Completions {
  readonly #most: number;
  readonly #running = new Map<string, Promise<void>>();
  readonly #done = new Set<string>();

  /** @param most - Joins that it remembers, an integer from 1; of one that it has forgotten the completion is repeated. */
  constructor(most = 10_000) {
    this.#most = most;
  }

  /** Completes a join, unless that is done or being done here; resolves when it is. */
  async once(join: string, complete: () => Promise<void>): Promise<void> {
    if (this.#done.has(join)) return;
    const running = this.#running.get(join) ?? this.#start(join, complete);
    await running;
  }

  async #start(join: string, complete: () => Promise<void>): Promise<void> {
    const running = complete();
    this.#running.set(join, running);
    try {
      await running;
      this.#remember(join);
    } finally {
      this.#running.delete(join);
    }
  }

  #remember(join: string): void {
    this.#done.add(join);
    const [oldest] = this.#done;
    if (this.#done.size > this.#most && oldest !== undefined) this.#done.delete(oldest);
  }
}
