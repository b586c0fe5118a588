/** Keeps the process from ending while somebody waits. n.b. One timer that never fires, and costs nothing to hold and to let go. */
export class Wakefulness {
  #timer: NodeJS.Timeout | null = null;
  #waiting = 0;

  hold(): void {
    this.#waiting += 1;
    this.#timer ??= setInterval(() => {}, 2 ** 31 - 1);
    if (this.#waiting === 1) this.#timer.ref();
  }

  /** Ends it, whoever waits. */
  end(): void {
    clearInterval(this.#timer ?? undefined);
  }

  letGo(): void {
    this.#waiting -= 1;
    if (this.#waiting === 0) this.#timer?.unref();
  }
}
