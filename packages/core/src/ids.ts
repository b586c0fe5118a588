/** The id of the child at a position: `<parent>.<index>`. All ids of a flow share the flow's id as a prefix. */
export function childId(parent: string, index: number): string {
  return `${parent}.${index}`;
}

/**
 * Whether a task is one of a flow, by its id: that of the flow, or one made of it. A mark follows it then: `.` for a
 * child, `+` for a link or what it added, `!` for what the engine begins beside it, `~` for a turn.
 */
export function isOfFlow(id: string, flow: string): boolean {
  return id.startsWith(flow) && (id.length === flow.length || MARKS.includes(id.charAt(flow.length)));
}

/** Whether a step was added to a group while that ran, by its id: a child of `<member>+`. */
export function isAddition(id: string): boolean {
  return /\+\.\d+$/.test(id);
}

/** All ids of a flow are from its own id up to this one, as text is ordered; some of others may be, too. */
export function endOfFlow(flow: string): string {
  return `${flow}\u007f`;
}

const MARKS = ".+!~";

/** Ids one after the other: `<stem><first>` to `<stem><last>`. */
interface Run {
  readonly stem: string;
  readonly first: number;
  last: number;
}

/**
 * Ids as few strings: a run `F.1, F.2, F.3` becomes `F.1~3`. Keeps their order.
 *
 * Ids with a `~` in them (a foreign client's) are kept as they are, behind a `=`.
 */
export function packIds(ids: readonly string[]): readonly string[] {
  const entries: (Run | string)[] = [];
  for (const id of ids) {
    const place = PLACE.exec(id);
    const open = entries.at(-1);
    if (place === null) {
      entries.push(/^=|~/.test(id) ? `=${id}` : id);
      continue;
    }
    const [stem, index] = [place[1] ?? "", Number(place[2])];
    if (typeof open === "object" && open.stem === stem && open.last + 1 === index) open.last = index;
    else entries.push({ stem, first: index, last: index });
  }
  return entries.map((entry) => (typeof entry === "string" ? entry : written(entry)));
}

/** Two packed lists as one: what `packIds` of all their ids gives, without unpacking them. */
export function joinPacked(before: readonly string[], after: readonly string[]): readonly string[] {
  const [last, next] = [runOf(before.at(-1)), runOf(after[0])];
  const isOne = last !== null && next !== null && last.stem === next.stem && last.last + 1 === next.first;
  if (!isOne) return [...before, ...after];
  return [...before.slice(0, -1), written({ ...last, last: next.last }), ...after.slice(1)];
}

/** The ids that {@link packIds} was given. */
export function unpackIds(packed: readonly string[]): readonly string[] {
  return packed.flatMap((entry) => {
    const run = entry.startsWith("=") ? null : RUN.exec(entry);
    if (run === null) return [entry.startsWith("=") ? entry.slice(1) : entry];
    const [stem, first, last] = [run[1] ?? "", Number(run[2]), Number(run[3])];
    return Array.from({ length: last - first + 1 }, (_, i) => `${stem}${first + i}`);
  });
}

function written({ stem, first, last }: Run): string {
  return first === last ? `${stem}${first}` : `${stem}${first}~${last}`;
}

function runOf(entry: string | undefined): Run | null {
  if (entry === undefined || entry.startsWith("=")) return null;
  const run = RUN.exec(entry);
  if (run !== null) return { stem: run[1] ?? "", first: Number(run[2]), last: Number(run[3]) };
  const place = PLACE.exec(entry);
  return place && { stem: place[1] ?? "", first: Number(place[2]), last: Number(place[2]) };
}

const PLACE = /^([^~=][^~]*\.)(0|[1-9]\d{0,8})$/;
const RUN = /^(.*\.)(\d+)~(\d+)$/s;
