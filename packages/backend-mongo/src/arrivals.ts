import type { Counted, MemberArrival } from "@umbel/core";
import { Batch } from "@umbel/core";
import type { Collection } from "mongodb";
import { ObjectId } from "mongodb";
import type { Calls } from "./failures.ts";
import type { JoinDocument } from "./join-document.ts";
import { WITH_JOIN, checkWithin, storedJoin, wordsOf } from "./join-document.ts";
import type { Tally } from "./tally.ts";
import { filterOf, tallyOf, updateOf } from "./tally.ts";
import type { Writes } from "./writes.ts";

/** Arrivals at one document. */
interface Arriving {
  readonly document: string;
  readonly arrivals: readonly MemberArrival[];
}

type Answer = Counted | null;

/**
 * Counts members at documents of joins: what one turn of the event loop has for one document is one guarded update, and what
 * it has for several is one write of one such update each, and one read of what they came to.
 */
export class Arrivals {
  readonly #collection: Collection<JoinDocument>;
  readonly #writes: Writes<JoinDocument>;
  readonly #calls: Calls;
  readonly #batch = new Batch<Arriving, Answer>((all) => this.#countAll(all), MOST);

  constructor(collection: Collection<JoinDocument>, writes: Writes<JoinDocument>, calls: Calls) {
    this.#collection = collection;
    this.#writes = writes;
    this.#calls = calls;
  }

  /** See {@link JoinStore.arrive}. */
  arrive(document: string, arrivals: readonly MemberArrival[]): Promise<Answer> {
    return this.#batch.add({ document, arrivals });
  }

  /** n.b. What goes wrong with one, like a member that its join does not have, is no other's affair. */
  async #countAll(all: readonly Arriving[]): Promise<readonly Promise<Answer>[]> {
    const together = await this.#countTogether(plain(all));
    const answers = all.map((each) => together.get(each) ?? this.#countOne(each));
    await Promise.allSettled(answers);
    return answers;
  }

  /**
   * One write of all, then one read. Each update says whose it is, so that the read tells whether another one has followed
   * it: what is read of a document where none has is what the update saw.
   *
   * @returns What is known of each; what is not here has to be asked for by itself.
   */
  async #countTogether(all: readonly Arriving[]): Promise<ReadonlyMap<Arriving, Promise<Answer>>> {
    if (all.length < 2) return NONE;
    const last = new ObjectId();
    const tallies = all.map(({ arrivals }) => tallyOf(arrivals, []));
    const updates = all.map(({ document }, i) => {
      const tally = tallies[i] as Tally;
      return { q: filterOf(document, tally), u: updateOf(tally, last) };
    });
    const matched = await this.#calls.make(COUNT, () => this.#writes.update(updates));
    const found = await this.#read(all);
    const answers = new Map<Arriving, Promise<Answer>>();
    for (const [i, each] of all.entries()) {
      const read = found.get(each.document);
      const isLast = read?.last?.equals(last) === true;
      if (read === undefined || (!isLast && matched < all.length)) continue;
      const { repeats } = tallies[i] as Tally;
      answers.set(each, Promise.resolve(countedBy(read, isLast, repeats)));
    }
    return answers;
  }

  async #read(all: readonly Arriving[]): Promise<ReadonlyMap<string, JoinDocument>> {
    const ids = all.map(({ document }) => document);
    const read = (): Promise<JoinDocument[]> =>
      this.#collection.find({ _id: { $in: ids } }, { projection: { ...SEEN, last: 1 } }).toArray();
    const found = await this.#calls.make(COUNT, read);
    return new Map(found.map((each) => [each._id, each]));
  }

  /**
   * The first update takes all bits for clear. Where it does not match, the next one names the bits that were read as
   * set and demands those set and the others clear: what it reports as repeated was so in that very update.
   */
  async #countOne({ document, arrivals }: Arriving): Promise<Answer> {
    let words: readonly bigint[] = [];
    for (let round = 0; round < arrivals.length + 2; round += 1) {
      const tally = tallyOf(arrivals, words);
      const counted = await this.#count(document, tally);
      if (counted !== null) return countedBy(counted, true, tally.repeats);
      const read = await this.#words(document, arrivals);
      if (read === null) return null;
      words = read;
    }
    throw this.#calls.unavailable(COUNT, `the words of ${document} keep changing under it`);
  }

  /** Null where it does not match: no document, or other bits than the tally takes them for. */
  #count(document: string, tally: Tally): Promise<JoinDocument | null> {
    return this.#calls.make(COUNT, () =>
      this.#collection.findOneAndUpdate(filterOf(document, tally), updateOf(tally, new ObjectId()), AFTER),
    );
  }

  /** The words as they are; null when there is no document. */
  async #words(document: string, arrivals: readonly MemberArrival[]): Promise<readonly bigint[] | null> {
    const options = { projection: { plan: 0, large: 0 }, useBigInt64: true };
    const stored = await this.#calls.make(COUNT, () => this.#collection.findOne({ _id: document }, options));
    if (stored === null || stored.size === undefined) return null;
    checkWithin(stored, arrivals);
    return wordsOf(stored);
  }
}

/** Those that may go together: the first at each document, where it brings members. */
function plain(all: readonly Arriving[]): readonly Arriving[] {
  const documents = new Set<string>();
  return all.filter(({ document, arrivals }) => {
    const isFirst = !documents.has(document);
    documents.add(document);
    return isFirst && arrivals.length > 0 && arrivals.every(({ index }) => index >= 0);
  });
}

const NONE: ReadonlyMap<Arriving, Promise<Answer>> = new Map();

/** Documents in one write. */
const MOST = 500;

const COUNT = "count arrivals";

const SEEN = { size: 1, ...WITH_JOIN } as const;

const AFTER = { returnDocument: "after", projection: { _id: 0, ...SEEN } } as const;

/**
 * What an update saw; with the join where that was complete and is at hand.
 *
 * @param isLast - Whether the document is as the update left it.
 */
function countedBy(document: JoinDocument, isLast: boolean, repeats: readonly boolean[]): Counted {
  const { size, count, failed } = document;
  if (!isLast) return { size, count: null, failed, repeats };
  const join = count === size ? storedJoin(document) : null;
  return { size, count, failed, repeats, ...(join && { join }) };
}
