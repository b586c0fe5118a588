/** The id of the child at a position: `<parent>.<index>`. All ids of a flow share the flow's id as a prefix. */
export function childId(parent: string, index: number): string {
  return `${parent}.${index}`;
}

/**
 * Ids as few strings: a run `F.1, F.2, F.3` becomes `F.1~3`. Keeps their order.
 *
 * Ids with a `~` in them (a foreign client's) are kept as they are, behind a `=`.
 */
export function packIds(ids: readonly string[]): readonly string[] {
  const packed: string[] = [];
  let run: { stem: string; first: number; last: number } | null = null;
  const end = (): void => {
    if (run) packed.push(run.first === run.last ? `${run.stem}${run.first}` : `${run.stem}${run.first}~${run.last}`);
    run = null;
  };
  for (const id of ids) {
    const place = PLACE.exec(id);
    if (place === null) {
      end();
      packed.push(/^=|~/.test(id) ? `=${id}` : id);
      continue;
    }
    const stem = place[1] ?? "";
    const index = Number(place[2]);
    const open = run as { stem: string; first: number; last: number } | null;
    if (open !== null && open.stem === stem && open.last + 1 === index) open.last = index;
    else {
      end();
      run = { stem, first: index, last: index };
    }
  }
  end();
  return packed;
}

/** The ids that {@link packIds} was given. */
export function unpackIds(packed: readonly string[]): readonly string[] {
  return packed.flatMap((entry) => {
    if (entry.startsWith("=")) return [entry.slice(1)];
    const run = RUN.exec(entry);
    if (run === null) return [entry];
    const [stem, first, last] = [run[1] ?? "", Number(run[2]), Number(run[3])];
    return Array.from({ length: last - first + 1 }, (_, i) => `${stem}${first + i}`);
  });
}

const PLACE = /^([^~=][^~]*\.)(0|[1-9]\d{0,8})$/;
const RUN = /^(.*\.)(\d+)~(\d+)$/;
