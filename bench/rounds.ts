import type { Contestant } from "./contestant.ts";
import { watchOthers } from "./others.ts";
import type { CaseResult, RowResult, Turn } from "./result.ts";
import type { Case, ContestantName, Row } from "./row.ts";
import { isOurs } from "./row.ts";

export interface RoundsOptions {
  /** How often each contestant takes its turn. */
  readonly rounds: number;
  /** The share of the machine that other processes may use in a turn: 0.1. */
  readonly othersMost: number;
  /** How often a turn is repeated in which they used more. */
  readonly repeatsMost: number;
  /** Before the first round each does the work again and again, unmeasured, for so long, in milliseconds; at least once. */
  readonly warmUpMs: number;
  /** A turn is the work again and again for so long, in milliseconds; at least once. */
  readonly turnMs: number;
  /** Tells of each turn. */
  readonly onTurn: (row: Row, which: Case, contestant: ContestantName, turn: Turn) => void;
  /** Tells of a peer that failed at a case, and takes no part in it; we ourselves and the limit may not fail. */
  readonly onFailure: (row: Row, which: Case, contestant: ContestantName, error: Error) => void;
}

/** Lets all contestants do a row's work, in turns, after each has done it unmeasured for as long as the others. */
export async function playRow(
  row: Row,
  cases: readonly Case[],
  contestants: readonly Contestant[],
  options: RoundsOptions,
): Promise<RowResult> {
  const results: CaseResult[] = [];
  for (const which of cases) results.push(await playCase(row, which, contestants, options));
  return { row, cases: results };
}

async function playCase(
  row: Row,
  which: Case,
  contestants: readonly Contestant[],
  options: RoundsOptions,
): Promise<CaseResult> {
  const turns: Partial<Record<ContestantName, Turn[]>> = {};
  let playing = await ableOf(contestants, row, which, options, (each) =>
    takeFor(options.warmUpMs, each, row, which),
  );
  for (let round = 0; round < options.rounds; round += 1) {
    playing = await ableOf(playing, row, which, options, async (each) => {
      const turn = await quietTurn(each, row, which, options);
      (turns[each.name] ??= []).push(turn);
      options.onTurn(row, which, each.name, turn);
    });
  }
  const whole = playing.map(({ name }) => [name, turns[name] ?? []] as const);
  return { which, turns: Object.fromEntries(whole) };
}

/** One after the other, each does something. @returns Those who could. */
async function ableOf(
  contestants: readonly Contestant[],
  row: Row,
  which: Case,
  { onFailure }: RoundsOptions,
  act: (contestant: Contestant) => Promise<unknown>,
): Promise<readonly Contestant[]> {
  const able: Contestant[] = [];
  for (const each of contestants) {
    try {
      await act(each);
      able.push(each);
    } catch (error) {
      if (isOurs(each.name) || each.name === "limit") throw error;
      onFailure(row, which, each.name, error as Error);
    }
  }
  return able;
}

/** A turn in which others left the machine to us; the last one is kept however that was. */
async function quietTurn(
  contestant: Contestant,
  row: Row,
  which: Case,
  { othersMost, repeatsMost, turnMs }: RoundsOptions,
): Promise<Turn> {
  for (let repeats = 0; ; repeats += 1) {
    const others = watchOthers();
    const done = await takeFor(turnMs, contestant, row, which);
    const share = others();
    if (share === null || share <= othersMost || repeats === repeatsMost)
      return { ...done, others: share, repeats };
  }
}

/** The work again and again for so many milliseconds, at least once; the mean of it. */
export async function takeFor(
  turnMs: number,
  contestant: Contestant,
  row: Row,
  which: Case,
): Promise<Measured> {
  const all: Measured[] = [];
  for (let ms = 0; all.length === 0 || ms < turnMs; ms += all.at(-1)!.ms) {
    const { ms: took, more = {} } = await contestant.take(row, which);
    all.push({ ms: took, more });
  }
  const names = Object.keys(all[0]!.more);
  const more = names.map((name) => [name, mean(all.map((each) => each.more[name] ?? Number.NaN))] as const);
  return { ms: mean(all.map(({ ms }) => ms)), more: Object.fromEntries(more) };
}

interface Measured {
  readonly ms: number;
  readonly more: Readonly<Record<string, number>>;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
