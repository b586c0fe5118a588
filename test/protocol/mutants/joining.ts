import type { Mutant } from "./mutant.ts";
import { joining, commit, record, join, advance } from "./sources.ts";

/** What counts members and decides joins (rules 11 to 15). */
export const JOINING: readonly Mutant[] = [
  {
    rule: "rule-11",
    name: "a repeat does not complete the join",
    file: commit,
    find: "completes: isDone && (isRepeat || i === completer),",
    replace: "completes: isDone && i === completer,",
  },
  {
    rule: "rule-11",
    name: "an arrival adds, whatever its bit says",
    file: join,
    find: "if ((current & mask) !== 0n) return true;",
    replace: "if (current < 0n) return true;",
  },
  {
    rule: "rule-11",
    name: "a join that is gone is taken as one that is open",
    file: joining,
    find: "if (arrived === null) return this.#lose(run, arrival);",
    replace: "if (arrived === null) return void (run.isSuspect = true);",
  },
  {
    rule: "rule-11",
    name: "a join that is gone fails a body that has its outcome",
    file: joining,
    find: 'if (put?.won === false && codeOf(put.stored?.outcome) !== "JOIN_LOST") return;',
    replace: "void codeOf;",
  },
  {
    rule: "rule-11",
    name: "each member that arrives again completes its join again",
    file: joining,
    find: "return this.#completions.once(arrival.join, () => this.#completeNow(run, arrival, atHand));",
    replace: "return this.#completeNow(run, arrival, atHand);",
  },
  {
    rule: "rule-11",
    name: "a completion that failed is taken for done",
    file: "packages/runtime/src/completions.ts",
    find: "      await running;\n      this.#remember(join);",
    replace: "      this.#remember(join);\n      await running;",
  },
  {
    rule: "rule-12",
    name: "a batch that meets a repeat is taken as all there",
    file: commit,
    find: "return counted === null ? arrivals.map(() => null) : share(counted);",
    replace:
      "return counted === null ? arrivals.map(() => null) : share({ ...counted, repeats: counted.repeats.map(() => counted.repeats.includes(true)) });",
  },
  {
    rule: "rule-12",
    name: "every arrival of a batch completes the join",
    file: commit,
    find: "completes: isDone && (isRepeat || i === completer),",
    replace: "completes: isDone && i >= 0 && completer >= -1,",
  },
  {
    rule: "rule-13",
    name: "a repeat does not climb from its shard",
    file: joining,
    find: "if (!arrived.completes) return;",
    replace: "if (!arrived.completes || arrived.isRepeat) return;",
  },
  {
    rule: "rule-13",
    name: "a complete shard is taken for the whole join",
    file: joining,
    find: "if (place.shard === null) return this.#complete(run, arrival, arrived.join);",
    replace: "if (place.shard !== undefined) return this.#complete(run, arrival, arrived.join);",
  },
  {
    rule: "rule-14",
    name: "every repeat at a race that is decided does what follows",
    file: commit,
    find: "decides: decision?.by === index,",
    replace: "decides: decision != null,",
  },
  {
    rule: "rule-14",
    name: "the record of a race changes with a late arrival",
    file: "packages/core/src/race.ts",
    find: "if (race.decision !== null) return race;",
    replace: "",
  },
  {
    rule: "rule-15",
    name: "members' outcomes expire like others",
    file: record,
    find: ": retention.memberExpiresMs;\n}",
    replace: ": retention.resultExpiresMs;\n}",
  },
  {
    rule: "rule-15",
    name: "a join is let go when it completes",
    file: advance,
    find: 'return [{ kind: "publish", messages: [bodyMessage(join.id, join.next, input.value, origin)] }, ...lost];',
    replace:
      'return [{ kind: "publish", messages: [bodyMessage(join.id, join.next, input.value, origin)] }, { kind: "retire", join: join.id }];',
  },
];
