import type { Profiler } from "node:inspector";

/** Something that a process spent its time in. */
export interface Hot {
  /** A function with its place, or a package. */
  readonly name: string;
  readonly ms: number;
  /** Of the time in which the process did anything, 0 to 1. */
  readonly share: number;
}

/** The functions of a CPU profile by the time spent in themselves, the hottest first. */
export function hottestFunctions(profile: Profiler.Profile): readonly Hot[] {
  return hottest(profile, ({ callFrame }) => functionName(callFrame));
}

/** The packages of a CPU profile likewise; what Node does itself counts as one. */
export function hottestPackages(profile: Profiler.Profile): readonly Hot[] {
  return hottest(profile, ({ callFrame }) => packageOf(callFrame));
}

function hottest(profile: Profiler.Profile, nameOf: (node: Profiler.ProfileNode) => string): readonly Hot[] {
  const times = new Map<string, number>();
  for (const [node, ms] of selfTimes(profile)) {
    if (node.callFrame.functionName === "(idle)") continue;
    const name = nameOf(node);
    times.set(name, (times.get(name) ?? 0) + ms);
  }
  const busyMs = [...times.values()].reduce((sum, ms) => sum + ms, 0);
  const all = [...times].map(([name, ms]) => ({ name, ms, share: ms / busyMs }));
  return all.toSorted((one, other) => other.ms - one.ms);
}

/** n.b. A delta is the time from the sample before: what was seen last ran until now. */
function* selfTimes(profile: Profiler.Profile): Generator<readonly [Profiler.ProfileNode, number]> {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const { samples = [], timeDeltas = [] } = profile;
  for (const [i, id] of samples.entries()) yield [nodes.get(id)!, (timeDeltas[i + 1] ?? 0) / 1000];
}

function functionName({ functionName: name, url, lineNumber }: Frame): string {
  const shown = name === "" ? "(anonymous)" : name;
  return url === "" ? shown : `${shown} ${shortened(url)}:${lineNumber + 1}`;
}

/** From the package on: `bson/lib/bson.cjs`, `runtime/dist/commit.js`. */
function shortened(url: string): string {
  return url.replace(/^.*\/node_modules\//, "").replace(/^.*\/(?:packages\/|(?=bench\/))/, "");
}

function packageOf({ functionName: name, url }: Frame): string {
  if (url === "") return name.startsWith("(") ? name : "native";
  if (url.startsWith("node:")) return "node";
  return /^(?:@[^/]+\/)?[^/]+/.exec(shortened(url))?.[0] ?? url;
}

type Frame = Profiler.ProfileNode["callFrame"];
