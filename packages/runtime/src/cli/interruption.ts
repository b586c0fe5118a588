const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** The wish to stop, as it comes from a terminal or whoever runs us: by SIGINT or SIGTERM. */
export class Interruption {
  readonly #first = new AbortController();
  readonly #onSecond: () => void;
  /** n.b. nothing else need hold the process while the worker waits for a broker. */
  readonly #alive = setInterval(() => {}, 60_000);

  /** @param onSecond - Called when whoever asked does so again. */
  constructor(onSecond: () => void) {
    this.#onSecond = onSecond;
    for (const signal of SIGNALS) process.on(signal, this.#receive);
  }

  /** Aborted at the first one. */
  get signal(): AbortSignal {
    return this.#first.signal;
  }

  /** Resolves at the first one. */
  async first(): Promise<void> {
    if (this.signal.aborted) return;
    await new Promise<void>((resolve) => {
      this.signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }

  /** Listens no more. */
  end(): void {
    clearInterval(this.#alive);
    for (const signal of SIGNALS) process.off(signal, this.#receive);
  }

  readonly #receive = (): void => {
    if (this.signal.aborted) this.#onSecond();
    else this.#first.abort();
  };
}
