import { chain, chord, each, group } from "@umbel/canvas";
import type { AnyStep } from "@umbel/core";
import type { Flow, FlowRecord, Side } from "./drawn-flow.ts";
import type { FlowTasks } from "./flow-tasks.ts";

/** The flow as a step of these tasks, made as a user makes it. */
export function stepOf(flow: Flow, tasks: FlowTasks): AnyStep {
  const { fold } = tasks;
  const of = (part: Flow): AnyStep => stepOf(part, tasks);
  if ("call" in flow) return fold.s(flow.call);
  if ("alone" in flow) return fold.si(flow.alone);
  if ("tried" in flow)
    return (flow.by === "itself" ? tasks.asking : tasks.autoretried).s(flow.failures, flow.tried);
  if ("swap" in flow) return tasks.swapped.s(flow.failures, flow.swap, JSON.stringify(flow.by));
  if ("adds" in flow) {
    const { adds, failures, additions, isFickle } = flow;
    return tasks.adding.s(failures, adds, JSON.stringify({ additions, isFickle }));
  }
  if ("fickle" in flow) return tasks.fickle.s(flow.fickle, flow.in);
  if ("compensate" in flow) return of(flow.compensate).compensate(tasks.undo.s(flow.undo));
  if ("map" in flow) return fold.map(flow.map);
  if ("starmap" in flow) return fold.starmap(flow.starmap.map((items) => [...items]));
  if ("chunks" in flow)
    return fold.chunks(
      flow.chunks.map((items) => [...items]),
      flow.size,
    );
  if ("chain" in flow) return chainOf(flow.chain.map(of));
  if ("group" in flow) return group(flow.group.map(of));
  if ("record" in flow) return group(mapRecord(flow.record, of));
  if ("chord" in flow)
    return chord(isList(flow.chord) ? flow.chord.map(of) : mapRecord(flow.chord, of), of(flow.body));
  if ("settled" in flow) return group(flow.settled.map(of), "settled").pipe(tasks.plain.s());
  if ("racers" in flow) return group(flow.racers.map(of), flow.policy);
  if ("list" in flow) return (flow.isFickle ? tasks.some : tasks.items).si(flow.list);
  if ("each" in flow) return eachOf(flow, tasks);
  if ("clone" in flow) return of(flow.clone).clone(...flow.front);
  if ("kwargs" in flow) return of(flow.kwargs).kwargs(flow.named);
  if ("set" in flow) return of(flow.set).set(flow.options);
  if ("stamp" in flow) return of(flow.stamp).stamp(flow.stamps);
  if ("link" in flow) return of(flow.link).link(sideOf(flow, tasks));
  if ("linkError" in flow) return of(flow.linkError).linkError(sideOf(flow, tasks));
  return of(flow.onFailure).onFailure(sideOf(flow, tasks));
}

/** Two steps by `.pipe`, others by `chain`: they are the same. */
function chainOf(steps: readonly AnyStep[]): AnyStep {
  const [first, second, ...more] = steps;
  return first && second && more.length === 0 ? first.pipe(second) : chain(...steps);
}

function eachOf({ each: flow, size, policy }: Extract<Flow, { each: Flow }>, tasks: FlowTasks): AnyStep {
  const step = stepOf(flow, tasks);
  if (size !== null) return each(step, { size });
  if (policy === undefined) return each(step);
  const spread = each(step, { policy });
  return policy === "settled" ? spread.pipe(tasks.plain.s() as AnyStep) : spread;
}

function sideOf({ side, notes: [before, after] }: Side, tasks: FlowTasks): AnyStep {
  return tasks.note.s(before).pipe(stepOf(side, tasks)).pipe(tasks.note.s(after));
}

function mapRecord(record: FlowRecord, of: (flow: Flow) => AnyStep): { readonly [key: string]: AnyStep } {
  return Object.fromEntries(Object.entries(record).map(([key, flow]) => [key, of(flow)]));
}

function isList(header: readonly Flow[] | FlowRecord): header is readonly Flow[] {
  return Array.isArray(header);
}
