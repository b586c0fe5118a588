const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** The wish to stop, as it comes from a terminal or whoever runs us: by SIGINT or SIGTERM. */
export class Interruption {
  readonly #first = new AbortController();
  readonly #onSecond: () => void;
  #firstAtMs = 0;
  /** n.b. nothing else need hold the process while the worker waits for a broker. */
  readonly #alive = setInterval(() => {}, 60_000);

  /** @param onSecond - Called when whoever asked does so again, half a second later or more. */
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
    if (!this.signal.aborted) this.#begin();
    else if (performance.now() - this.#firstAtMs >= ECHO_MS) this.#onSecond();
  };

  #begin(): void {
    this.#firstAtMs = performance.now();
    this.#first.abort();
  }
}

/**
 * A signal that follows the first within this time is the same one.
 *
 * n.b. Ctrl-C goes to all processes of a terminal, and npm, which has it as well, hands it on: so that one that was
 * started by npx has it twice where its shell is bash.
 */
const ECHO_MS = 500;
