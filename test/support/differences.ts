import type { Operand } from "./operands.ts";

/** Where `left.pipe(right)` is not what Celery 5.7 makes of `left | right`, and why. */
export interface Difference {
  readonly left: readonly Operand[] | "any";
  readonly right: readonly Operand[] | "any";
  readonly celery: string;
  readonly ours: string;
  readonly why: string;
}

const GROUPS = ["group of none", "group of one", "group", "group of chains", "chunks.group()"] as const;
const CHORDS = ["chord of none", "chord", "chord → chain", "chord → group", "chord → chord"] as const;
const CHAINS = ["chain(task)", "chain(task, task)"] as const;
const OVER_ITEMS = ["map", "starmap"] as const;

/** Operands that are of a kind. */
export const KINDS: Readonly<Record<string, readonly Operand[]>> = {
  "any group": GROUPS,
  "any chord": CHORDS,
};

/** The first row that fits counts. A pair that no row fits is the same object in both. */
export const DIFFERENCES: readonly Difference[] = [
  {
    left: "any",
    right: ["chunks"],
    celery: "a call of `celery.chunks`",
    ours: "the group of its messages, as Celery's `chunks(…).group()`",
    why: "whatever follows Celery's fails: the task returns a GroupResult, which is not JSON",
  },
  {
    left: ["chain()", ...CHAINS, "chain … group", "chain … chord", ...GROUPS],
    right: ["group of none"],
    celery: "`left`: the empty group is dropped",
    ours: "`left`, then the empty group, whose result is `[]`",
    why: "a step that is dropped when a list happens to be empty changes the type of the result",
  },
  {
    left: [...CHORDS],
    right: ["group of none"],
    celery: "`chain(chord, group())`",
    ours: "`chord(header → body | group())`",
    why: "what follows a chord follows its body, whatever it is",
  },
  {
    left: [
      "task",
      "chain()",
      ...CHAINS,
      "chain … group",
      "chain … chord",
      ...CHORDS,
      ...OVER_ITEMS,
      "chunks",
    ],
    right: ["group of one"],
    celery: "`left | the member`: the group is unrolled",
    ours: "the group stays: its result is a list of one",
    why: "unrolled, a list that happens to have one member gives a value where others give a list",
  },
  {
    left: ["chunks"],
    right: "any",
    celery: "a call of `celery.chunks`, then `right`",
    ours: "`chord(the group of its messages → right)`",
    why: "whatever follows `celery.chunks` fails",
  },
  {
    left: ["task", "chain(task)", ...GROUPS, ...CHORDS, ...OVER_ITEMS],
    right: ["chain()"],
    celery: "`chain(left)`, or a chord with an empty body",
    ours: "`left`",
    why: "a chain without steps changes nothing, on either side",
  },
  {
    left: ["chain()"],
    right: ["task", "chain(task)", ...CHORDS, ...OVER_ITEMS],
    celery: "`chain(right)`",
    ours: "`right`",
    why: "as above",
  },
  {
    left: [...GROUPS],
    right: ["chain(task)"],
    celery: "`chord(left → chain(task))`",
    ours: "`chord(left → task)`",
    why: "a chain of one step is that step",
  },
  {
    left: [...CHORDS],
    right: [...CHAINS, "chain … group", "chain … chord", "group", "group of chains", "chunks.group()"],
    celery: "`chain(chord, …right)`: beside the chord",
    ours: "`chord(header → body | right)`: in its body",
    why: "when the body is a group, Celery runs all that is beside it once for each member of the body",
  },
  {
    left: ["chain … group"],
    right: ["group", "group of chains", "chunks.group()"],
    celery: "`chain(…, group, group)`, which becomes a chord when it is sent",
    ours: "`chain(…, chord(group → group))`",
    why: "it is written as it runs",
  },
  {
    left: ["chain … chord"],
    right: ["chain … chord", ...CHORDS],
    celery: "`chain(…, chord, chord)`",
    ours: "`chain(…, chord(header → body | chord))`",
    why: "a chord after a chord goes into its body, as a task does: brackets make no difference",
  },
  {
    left: ["chain … group"],
    right: ["chain … chord"],
    celery: "`chain(…, chord(group → task), chord)`",
    ours: "`chain(…, chord(group → chain(task, chord)))`",
    why: "as above",
  },
];

/** The row for these operands; undefined where Celery and Umbel agree. */
export function differenceOf(left: Operand, right: Operand): Difference | undefined {
  return DIFFERENCES.find(
    (row) =>
      (row.left === "any" || row.left.includes(left)) && (row.right === "any" || row.right.includes(right)),
  );
}
