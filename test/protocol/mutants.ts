/** Something taken out of the source: the test of its rule, or the laws of the engine, have to see it. */
export interface Mutant {
  /** A part of the name of the tests that have to see it. */
  readonly rule: string;
  /** What is taken out. */
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

const settlement = "packages/runtime/src/settlement.ts";
const execution = "packages/runtime/src/execution.ts";
const commit = "packages/runtime/src/commit.ts";
const record = "packages/runtime/src/record.ts";
const state = "packages/core/src/state.ts";
const join = "packages/core/src/join.ts";
const replies = "packages/runtime/src/reply-queue.ts";
const advance = "packages/canvas/src/advance.ts";
const doom = "packages/canvas/src/doom.ts";
const begin = "packages/canvas/src/begin.ts";
const start = "packages/canvas/src/start.ts";
const registry = "packages/runtime/src/registry.ts";
const options = "packages/core/src/options.ts";

export const MUTANTS: readonly Mutant[] = [
  {
    rule: "rule-01",
    name: "a flow with a join is published member by member",
    file: start,
    find: '(first !== undefined && hasJoin(first.kind === "group" ? plan : first))',
    replace: '(first !== undefined && hasJoin(first.kind === "group" ? plan : first) && steps.length > 99)',
  },
  {
    rule: "rule-01",
    name: "the start goes to the default queue",
    file: start,
    find: "const queue = startQueue(steps);",
    replace: "const queue = startQueue(steps) && undefined;",
  },
  {
    rule: "rule-02",
    name: "members are published before their join is registered",
    file: begin,
    find: `    ...(found.joins.length > 0 ? [{ kind: "register" as const, joins: found.joins }] : []),
    ...(found.messages.length > 0 ? [{ kind: "publish" as const, messages: found.messages }] : []),`,
    replace: `    ...(found.messages.length > 0 ? [{ kind: "publish" as const, messages: found.messages }] : []),
    ...(found.joins.length > 0 ? [{ kind: "register" as const, joins: found.joins }] : []),`,
  },
  {
    rule: "rule-02",
    name: "a join that is there already raises no suspicion",
    file: settlement,
    find: "if (fresh.includes(false)) run.isSuspect = true;",
    replace: "void fresh;",
  },
  {
    rule: "rule-03",
    name: "a publication's nonce is its task's id",
    file: settlement,
    find: "nonce: environment.nonce(),",
    replace: "nonce: message.flow,",
  },
  {
    rule: "rule-03",
    name: "an outcome does not say who wrote it",
    file: record,
    find: "by: message.nonce,",
    replace: "by: null,",
  },
  {
    rule: "rule-04",
    name: "a suspect is run without a look at the store",
    file: execution,
    find: "const stored = run.isSuspect ? await this.#stored(message) : null;",
    replace: 'const stored = run.isSuspect && message.id === "" ? await this.#stored(message) : null;',
  },
  {
    rule: "rule-04",
    name: "a suspect whose outcome is stored performs no effects",
    file: execution,
    find: 'if (verdict.kind === "stored") await',
    replace: 'if (verdict.kind === "stored" && run.message.id === "") await',
  },
  {
    rule: "rule-04",
    name: "a redelivered message is no suspect",
    file: execution,
    find: "isSuspect: message.suspect || delivery.redelivered }",
    replace: "isSuspect: message.suspect }",
  },
  {
    rule: "rule-04",
    name: "suspicion does not travel",
    file: settlement,
    find: "    suspect: isSuspect,",
    replace: '    suspect: isSuspect && message.id === "",',
  },
  {
    rule: "rule-05",
    name: "effects are performed while the outcome is being stored",
    file: settlement,
    find: "const put = await this.#options.commit.store(recordOfTurn(run, outcome, this.#recorder()));\n    if (put.won)",
    replace:
      "const storing = this.#options.commit.store(recordOfTurn(run, outcome, this.#recorder()));\n    const put: Put = { won: true };\n    void storing;\n    if (put.won)",
  },
  {
    rule: "rule-06",
    name: "every duplicate is dropped",
    file: settlement,
    find: "return !delivery.redelivered && delivery.isAlive() && stored.by !== null && stored.by !== message.nonce;",
    replace: "return delivery !== undefined && stored !== undefined && message !== undefined;",
  },
  {
    rule: "rule-06",
    name: "a duplicate of a redelivered message is dropped",
    file: settlement,
    find: "return !delivery.redelivered && delivery.isAlive() && stored.by",
    replace: "return delivery.isAlive() && stored.by",
  },
  {
    rule: "rule-06",
    name: "no duplicate is dropped",
    file: settlement,
    find: "if (!mayDrop(run, put.stored)) await",
    replace: "if (!mayDrop(run, put.stored) || put.stored) await",
  },
  {
    rule: "rule-06",
    name: "the own value counts, whatever is stored",
    file: settlement,
    find: "await this.goOn(run, put.stored.outcome);",
    replace: "await this.goOn(run, outcome);",
  },
  {
    rule: "rule-06",
    name: "an outcome without a writer is dropped",
    file: settlement,
    find: "stored.by !== null && stored.by !== message.nonce",
    replace: "stored.by !== message.nonce",
  },
  {
    rule: "rule-07",
    name: "a group whose write failed is given up",
    file: commit,
    find: "if (!(error instanceof StoreUnavailable) || this.#signal.aborted) throw error;",
    replace: "if (attempts > 0) throw error;",
  },
  {
    rule: "rule-07",
    name: "one duplicate makes duplicates of its group",
    file: commit,
    find: "this.#outcomes = new Batch((records) => this.#insist(() => backend.results.put(records)), 500);",
    replace:
      "this.#outcomes = new Batch(async (records) => { const puts = await backend.results.put(records); return puts.map((put) => puts.find((each) => !each.won) ?? put); }, 500);",
  },
  {
    rule: "rule-08",
    name: "a message is acknowledged before it is settled",
    file: execution,
    find: "      await this.#follow(run, verdict);\n",
    replace: "      delivery.ack();\n      await this.#follow(run, verdict);\n",
  },
  {
    rule: "rule-08",
    name: "a worker that was cut off goes on",
    file: "packages/runtime/src/memory/broker.ts",
    find: "    if (!this.isAlive()) return Promise.reject(this.#lost());\n    for",
    replace: "    for",
  },
  {
    rule: "rule-09",
    name: "a body runs without its claim",
    file: execution,
    find: "const refused = message.claim === null ? null : await",
    replace: 'const refused = message.claim === null || message.claim !== "" ? null : await',
  },
  {
    rule: "rule-09",
    name: "a claim is of a delivery, not of a publication",
    file: execution,
    find: "{ nonce: message.nonce ?? message.id, turn",
    replace: "{ nonce: this.#options.environment.nonce(), turn",
  },
  {
    rule: "rule-10",
    name: "a turn that is over ends again",
    file: state,
    find: "retry.outcome.next.turn > turn ? retry : null;",
    replace: "retry.outcome.next.turn > turn + 9 ? retry : null;",
  },
  {
    rule: "rule-10",
    name: "who meets the next turn stored leaves it, though it may be the own",
    file: settlement,
    find: "if (!mayDrop(run, put.stored)) await",
    replace: "if (!mayDrop(run, put.stored) && !isRetry(put.stored)) await",
  },
  {
    rule: "rule-10",
    name: "an outcome does not say its turn",
    file: record,
    find: "turn: isOwn ? message.turn : 0,",
    replace: "turn: isOwn ? 0 : 0,",
  },
  {
    rule: "rule-09",
    name: "a copy of a body that has its outcome performs its effects again",
    file: execution,
    find: "    const refused = message.claim === null ? null : await",
    replace:
      "    const early = run.isSuspect ? await this.#stored(message) : null;\n    if (early !== null) return early;\n    const refused = message.claim === null ? null : await",
  },
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
    file: settlement,
    find: "if (arrived === null) await this.#lose(run, arrival);",
    replace: "if (arrived === null) run.isSuspect = true;",
  },
  {
    rule: "rule-11",
    name: "a join that is gone fails a body that has its outcome",
    file: settlement,
    find: 'if (found?.retry || (found?.record && codeOf(found.record.outcome) !== "JOIN_LOST")) return;',
    replace: "if (found?.record || found?.retry) void 0;",
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
    file: settlement,
    find: "if (arrived === null || !arrived.completes) return;",
    replace: "if (arrived === null || !arrived.completes || arrived.isRepeat) return;",
  },
  {
    rule: "rule-13",
    name: "a complete shard is taken for the whole join",
    file: settlement,
    find: "if (place.shard === null) return this.#complete(run, arrival);",
    replace: "if (place.shard !== undefined) return this.#complete(run, arrival);",
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
    rule: "rule-25",
    name: "the size of each comes from the value in hand",
    file: settlement,
    find: "await this.goOn(run, put.stored.outcome)",
    replace: "await this.goOn(run, outcome)",
  },
  {
    rule: "rule-25",
    name: "an empty list waits for its members",
    file: "packages/canvas/src/begin.ts",
    find: "if (members.length === 0 && body !== undefined)",
    replace: "if (members.length === 0 && body === undefined)",
  },
  {
    rule: "rule-30",
    name: "the handler of a body begins before its failure is stored",
    file: advance,
    find: "const told = stored === undefined ? links : [stored, ...links];",
    replace: "const told = stored === undefined ? links : [...links, stored];",
  },
  {
    rule: "rule-30",
    name: "a handler is not claimed",
    file: "packages/core/src/links.ts",
    find: "options: { ...task.options, exclusive: true } }));",
    replace: "options: task.options }));",
  },
  {
    rule: "rule-15",
    name: "members' outcomes expire like others",
    file: record,
    find: "message.next.join === null ? retention.resultExpiresMs : retention.memberExpiresMs",
    replace: "message.next.join === null ? retention.resultExpiresMs : retention.resultExpiresMs",
  },
  {
    rule: "rule-15",
    name: "a join is let go when it completes",
    file: advance,
    find: 'return [{ kind: "publish", messages: [bodyMessage(join.id, join.next, input.value, origin)] }];',
    replace:
      'return [{ kind: "publish", messages: [bodyMessage(join.id, join.next, input.value, origin)] }, { kind: "retire", join: join.id }];',
  },
  {
    rule: "rule-16",
    name: "members that were never sent get no outcome",
    file: "packages/canvas/src/downstream.ts",
    find: "step.members.forEach(visit);",
    replace: "void step.members;",
  },
  {
    rule: "rule-16",
    name: "a failure does not arrive at the join outside",
    file: doom,
    find: 'if (join !== null) return [stored, { kind: "arrive", arrival: join, ok: false }];',
    replace: "if (join !== null) return [stored];",
  },
  {
    rule: "rule-19",
    name: "there is no slow read",
    file: replies,
    find: "      await this.#read([...this.#waiters.keys()]).catch(() => {}); // the store is away: the next round asks again",
    replace: "      if (round > 1e9) return;",
  },
  {
    rule: "rule-19",
    name: "a reconnection is not followed by a read",
    file: replies,
    find: "() => void this.#read([...this.#waiters.keys()]).catch(() => {}),",
    replace: "() => {},",
  },
  {
    rule: "engine",
    name: "the keys of a record are swapped",
    file: "packages/core/src/node.ts",
    find: "values.map((value, i) => [keys[i] ?? String(i), value])",
    replace: "values.map((value, i) => [keys.toReversed()[i] ?? String(i), value])",
  },
  {
    rule: "engine",
    name: "an empty group is not joined",
    file: begin,
    find: "if (members.length === 0 && body !== undefined)",
    replace: "if (members.length === 0 && body === undefined)",
  },
  {
    rule: "engine",
    name: "a link never begins",
    file: advance,
    find: "const links = beginLinks(message.callbacks, [value], origin);",
    replace: "const links: readonly Effect[] = [];",
  },
  {
    rule: "engine",
    name: "an error link of a body never begins",
    file: advance,
    find: "beginLinks(errbacks, [resultId(body)], origin)",
    replace: "[]",
  },
  {
    rule: "engine",
    name: "the end of a link is told to the caller",
    file: advance,
    find: "const alone = { ...origin, replyTo: null };",
    replace: "const alone = origin;",
  },
  {
    rule: "engine",
    name: "a gather loses what it gathers",
    file: registry,
    find: "([value = null], { keys }) => gathered(value, keys)",
    replace: "(_, { keys }) => gathered(null, keys)",
  },
  {
    rule: "engine",
    name: "keyword arguments are lost",
    file: begin,
    find: "    kwargs: task.kwargs,\n",
    replace: "    kwargs: {},\n",
  },
  {
    rule: "engine",
    name: "stamps are lost",
    file: options,
    find: "...withDefaults(task, { stamps }),",
    replace: "...task,",
  },
  {
    rule: "engine",
    name: "a countdown of an arrangement delays all its steps",
    file: options,
    find: "mapFirst(scoped, (task) => withDefaults(task, { countdownMs }))",
    replace: "mapTasks(scoped, (task) => withDefaults(task, { countdownMs }))",
  },
  {
    rule: "rule-28",
    name: "a claim is for ever, whatever the turn",
    file: join,
    find: "holder === null || holder.turn < asking.turn ? asking : holder",
    replace: "holder === null ? asking : holder",
  },
  {
    rule: "rule-28",
    name: "an earlier turn takes a claim over, too",
    file: join,
    find: "holder === null || holder.turn < asking.turn ? asking : holder",
    replace: "holder === null || holder.turn !== asking.turn ? asking : holder",
  },
  {
    rule: "rule-28",
    name: "whoever comes takes the claim of its turn over",
    file: join,
    find: "holder === null || holder.turn < asking.turn ? asking : holder",
    replace: "holder === null || holder.turn <= asking.turn ? asking : holder",
  },
  {
    rule: "rule-28",
    name: "a body claims in turn 0 only",
    file: execution,
    find: "?? message.id, turn: message.turn };",
    replace: "?? message.id, turn: 0 };",
  },
  {
    rule: "rule-33",
    name: "an outcome of an older turn counts",
    file: state,
    find: "retry.outcome.next.turn > turn ? retry : null;",
    replace: "retry.outcome.next.turn > turn + 9 ? retry : null;",
  },
  {
    rule: "rule-33",
    name: "turns are counted for attempts",
    file: "packages/runtime/src/attempt.ts",
    find: "retries >= maxRetries",
    replace: "message.turn >= maxRetries",
  },
  {
    rule: "rule-34",
    name: "a suspect looks for outcomes only",
    file: execution,
    find: "decidedFor(found.get(message.id), message.turn);",
    replace: "decidedFor(found.get(message.id), message.turn + 9);",
  },
  {
    rule: "rule-34",
    name: "a next turn is published while it is being stored",
    file: settlement,
    find: "const put = await this.#options.commit.store(recordOfTurn(run, outcome, this.#recorder()));\n    if (put.won)",
    replace:
      "const storing = this.#options.commit.store(recordOfTurn(run, outcome, this.#recorder()));\n    const put: Put = { won: true };\n    void storing;\n    if (put.won)",
  },
  {
    rule: "rule-34",
    name: "the time of the next attempt is counted from its publication",
    file: "packages/canvas/src/retry.ts",
    find: "const { countdownMs: _over, ...options }",
    replace: "const { ...options }",
  },
  {
    rule: "rule-34",
    name: "error links hear of each attempt",
    file: advance,
    find: 'return [{ kind: "publish", messages: [outcome.next] }];',
    replace: 'return [...fail(message, outcome.failure), { kind: "publish", messages: [outcome.next] }];',
  },
  {
    rule: "rule-34",
    name: "what comes after it is lost with the first attempt",
    file: "packages/canvas/src/retry.ts",
    find: "    parent: message.id,",
    replace: "    callbacks: [],\n    parent: message.id,",
  },
];
