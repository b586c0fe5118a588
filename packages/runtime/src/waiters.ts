/** Whoever waits for something that comes under an id. */
export interface Waiter<News> {
  tell(id: string, news: News): void;
}

/** Who waits for what comes under each of many ids that begin with the same: `<stem>0`, `<stem>1`, … */
export interface RunWaiter<News> extends Waiter<News> {
  /** The ids under which nothing has come. */
  readonly missing: readonly string[];
  /** Whether there are none. */
  readonly isWhole: boolean;
}

/** Who waits for what, by ids. n.b. Most ids have one waiter; who waits for all members of a group is here once. */
export class Waiters<News> {
  readonly #byId = new Map<string, Waiter<News> | readonly Waiter<News>[]>();
  readonly #byStem = new Map<string, readonly RunWaiter<News>[]>();

  get isEmpty(): boolean {
    return this.#byId.size === 0 && this.#byStem.size === 0;
  }

  /** All ids that are waited for; one for which several wait may be there several times. */
  get ids(): readonly string[] {
    const inRuns = [...this.#byStem.values()].flat().flatMap(({ missing }) => missing);
    return [...this.#byId.keys(), ...inRuns];
  }

  add(id: string, waiter: Waiter<News>): void {
    const others = this.#byId.get(id);
    this.#byId.set(id, others === undefined ? waiter : [...listed(others), waiter]);
  }

  /** @param stem - What all of its ids begin with, up to their last point. */
  addRun(stem: string, waiter: RunWaiter<News>): void {
    this.#byStem.set(stem, [...(this.#byStem.get(stem) ?? []), waiter]);
  }

  delete(id: string, waiter: Waiter<News>): void {
    const left = listed(this.#byId.get(id)).filter((each) => each !== waiter);
    if (left.length === 0) this.#byId.delete(id);
    else this.#byId.set(id, left);
  }

  deleteRun(stem: string, waiter: RunWaiter<News>): void {
    const left = (this.#byStem.get(stem) ?? []).filter((each) => each !== waiter);
    if (left.length === 0) this.#byStem.delete(stem);
    else this.#byStem.set(stem, left);
  }

  /** Tells all who wait for an id, who do not wait for it any more then. */
  tell(id: string, news: News): void {
    if (this.#byStem.size > 0) this.#tellRuns(id, news);
    const waiters = this.#byId.get(id);
    if (waiters === undefined) return;
    this.#byId.delete(id);
    if (isList(waiters)) for (const each of waiters) each.tell(id, news);
    else waiters.tell(id, news);
  }

  #tellRuns(id: string, news: News): void {
    const stem = stemOf(id);
    for (const waiter of this.#byStem.get(stem) ?? []) {
      waiter.tell(id, news);
      if (waiter.isWhole) this.deleteRun(stem, waiter);
    }
  }
}

/** What ids that belong together begin with: all up to the last point. */
function stemOf(id: string): string {
  return id.slice(0, id.lastIndexOf(".") + 1);
}

function listed<News>(waiters: Waiter<News> | readonly Waiter<News>[] = []): readonly Waiter<News>[] {
  return isList(waiters) ? waiters : [waiters];
}

function isList<News>(waiters: Waiter<News> | readonly Waiter<News>[]): waiters is readonly Waiter<News>[] {
  return Array.isArray(waiters);
}
