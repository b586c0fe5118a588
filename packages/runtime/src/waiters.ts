/** Whoever waits for something that comes under an id. */
export interface Waiter<News> {
  tell(news: News): void;
}

/** Who waits for what, by ids. n.b. Most ids have one waiter, and most waiters of many ids are one. */
export class Waiters<News> {
  readonly #byId = new Map<string, Waiter<News> | readonly Waiter<News>[]>();

  /** How many ids are waited for. */
  get size(): number {
    return this.#byId.size;
  }

  get ids(): readonly string[] {
    return [...this.#byId.keys()];
  }

  add(id: string, waiter: Waiter<News>): void {
    const others = this.#byId.get(id);
    this.#byId.set(id, others === undefined ? waiter : [...listed(others), waiter]);
  }

  delete(id: string, waiter: Waiter<News>): void {
    const left = listed(this.#byId.get(id)).filter((each) => each !== waiter);
    if (left.length === 0) this.#byId.delete(id);
    else this.#byId.set(id, left);
  }

  /** Tells all who wait for an id, who do not wait any more then. */
  tell(id: string, news: News): void {
    const waiters = this.#byId.get(id);
    if (waiters === undefined) return;
    this.#byId.delete(id);
    if (isList(waiters)) for (const each of waiters) each.tell(news);
    else waiters.tell(news);
  }
}

function listed<News>(waiters: Waiter<News> | readonly Waiter<News>[] = []): readonly Waiter<News>[] {
  return isList(waiters) ? waiters : [waiters];
}

function isList<News>(waiters: Waiter<News> | readonly Waiter<News>[]): waiters is readonly Waiter<News>[] {
  return Array.isArray(waiters);
}
