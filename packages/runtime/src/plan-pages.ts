import type { Message, PlacedNode, Replaced } from "@umbel/core";
import { PlanLost, stepsOfText } from "@umbel/core";
import type { PageSizes, PlanPage } from "@umbel/canvas";
import { hasLongTail, inPages, tailInPages } from "@umbel/canvas";
import type { Commit } from "./commit.ts";
import type { Environment } from "./environment.ts";
import type { Eventually } from "./eventually.ts";
import type { Run } from "./run.ts";

export interface PlanPagesOptions {
  readonly commit: Pick<Commit, "loadPage" | "savePages">;
  readonly environment: Pick<Environment, "now" | "nonce">;
  /** How large what follows a step, or takes its place, may be to travel in its message. */
  readonly pageSizes: PageSizes;
  /** Milliseconds that a page is kept. */
  readonly planExpiresMs: number;
}

/** What is large of the plans of flows, as one worker reads it from the store and writes it there. */
export class PlanPages {
  readonly #options: PlanPagesOptions;
  readonly #opening = new WeakMap<Message, Promise<Message>>();

  constructor(options: PlanPagesOptions) {
    this.#options = options;
  }

  /** Begins to read what follows a step, so that it is there when the step has ended; whoever goes on from it hears what went wrong. */
  prefetch(message: Message): void {
    if (isInPage(message)) void this.open(message);
  }

  /**
   * The message with what follows it at once; read once, unless that fails.
   *
   * @throws {PlanLost} Its page is gone.
   */
  open(message: Message): Promise<Message> {
    if (!isInPage(message)) return Promise.resolve(message);
    const known = this.#opening.get(message);
    if (known !== undefined) return known;
    const opening = this.#withPages(message);
    this.#opening.set(message, opening);
    opening.catch(() => this.#opening.delete(message));
    return opening;
  }

  /**
   * What is large of the steps that take a task's place goes into the store, in pages of this run alone: another one's
   * steps may be others.
   */
  async shortenReplaced({ delivery }: Run, ended: Replaced): Promise<Replaced> {
    const { environment, pageSizes } = this.#options;
    const mark = `@${environment.nonce()}`; // n.b. that of the message would be the same when it is delivered again
    const { next, pages } = inPages(ended.next, pageSizes, mark);
    if (pages.length === 0 || !delivery.isAlive()) return ended;
    await this.#save(pages);
    return { ...ended, next };
  }

  /** Keeps a message short that is sent on by itself: most of what follows it goes into the store. */
  shorten(message: Message): Eventually<Message> {
    return hasLongTail(message) ? this.#shorten(message) : message;
  }

  async #shorten(message: Message): Promise<Message> {
    const { environment, pageSizes } = this.#options;
    const { next, pages } = tailInPages(message, pageSizes, `@${environment.nonce()}`);
    await this.#save(pages);
    return next;
  }

  async #withPages(message: Message): Promise<Message> {
    const { next } = message;
    const steps = await this.#opened(next.steps);
    const undos = next.undos && (await this.#opened(next.undos));
    return { ...message, next: { ...next, steps, ...(undos && { undos }) } };
  }

  /** Steps that are all there, or the page in which the first of them are. */
  async #opened<Step extends PlacedNode>(steps: readonly Step[]): Promise<readonly Step[]> {
    const [first, ...others] = steps;
    if (first?.kind !== "rest") return steps;
    const text = await this.#options.commit.loadPage(first.id);
    if (text === null) throw new PlanLost(`the page ${first.id} of the flow's plan is gone; did it expire?`);
    return [...(stepsOfText(text) as readonly Step[]), ...others];
  }

  async #save(pages: readonly PlanPage[]): Promise<void> {
    const { commit, environment, planExpiresMs } = this.#options;
    if (pages.length > 0) await commit.savePages(pages, environment.now() + planExpiresMs);
  }
}

/** Whether what follows a message at once is in a page of its plan. */
export function isInPage({ next }: Message): boolean {
  return next.steps[0]?.kind === "rest" || next.undos?.[0]?.kind === "rest";
}
