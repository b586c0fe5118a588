/** Chooses one of so many ways: an integer from 0 below that. */
export type Choose = (ways: number) => number;

/** This way leads nowhere: it is none. */
export class NoWay extends Error {}

/** There are more ways than anyone wants to go. */
export class TooManyWays extends Error {}

/**
 * What comes of every way in which something can go that has to choose: it is done again and again, with other choices.
 *
 * @param most - Ways to try, an integer from 1.
 * @throws {TooManyWays} There are more.
 */
export function everyWay<Result>(go: (choose: Choose) => Result, most: number): readonly Result[] {
  const results: Result[] = [];
  const path: Chosen[] = [];
  for (let tries = 1; ; tries += 1) {
    if (tries > most) throw new TooManyWays(`there are more than ${most}`);
    try {
      results.push(go(along(path)));
    } catch (error) {
      if (!(error instanceof NoWay)) throw error;
    }
    if (!turn(path)) return results;
  }
}

interface Chosen {
  readonly way: number;
  readonly of: number;
}

/** Chooses what the path says, and the first way where it ends. */
function along(path: Chosen[]): Choose {
  let at = 0;
  return (ways) => {
    if (ways === 0) throw new NoWay();
    const chosen = (path[at] ??= { way: 0, of: ways });
    at += 1;
    return chosen.way;
  };
}

/** Takes the next way where there is one; false where all have been gone. */
function turn(path: Chosen[]): boolean {
  for (let last = path.pop(); last !== undefined; last = path.pop()) {
    if (last.way + 1 === last.of) continue;
    path.push({ ...last, way: last.way + 1 });
    return true;
  }
  return false;
}
