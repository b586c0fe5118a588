export { chain } from "./chain.ts";
export { group } from "./group.ts";
export { each } from "./each.ts";
export { chord } from "./chord.ts";
export { chunks, map, starmap } from "./over-items.ts";
export { place } from "./place.ts";
export { hasLongTail, inPages, tailInPages, paginate, paginateUndos, paginateWhole } from "./pages.ts";
export { pendingIn } from "./downstream.ts";
export { start } from "./start.ts";
export { cancelMessage } from "./cancel.ts";
export { refuse } from "./refuse.ts";
export { endsOf, scopeOf } from "./scope.ts";
export { membersOf } from "./expand.ts";
export { spread } from "./expand.ts";
export { nextTurn } from "./retry.ts";
export { placeTakers, takeOver } from "./replace.ts";
export { compensationJoin, compensationOf, doneOf, partUndos, stepOf } from "./compensation.ts";
export { beginUndo } from "./undo.ts";
export { begin } from "./begin.ts";
export { beginLinks } from "./links.ts";
export { decidingMembers } from "./fan-in.ts";
export {
  addedTo,
  additionIds,
  additionsOf,
  additionsTo,
  endAdditions,
  placeAddition,
  scopesOfAdditions,
} from "./additions.ts";
export { advance, complete, endBody, loseJoin, lostWith, originOf } from "./advance.ts";

export type { EachOptions, EachResult } from "./each.ts";
export type { GroupResult, InputOf, Members, ResultsOf } from "./group.ts";
export type { Origin } from "./begin.ts";
export type { PagedPlan, PageSizes, PlanPage } from "./pages.ts";
export type { Effect, Ended, Loser } from "./effect.ts";
export type { ReplacementQueues } from "./replace.ts";
export type { Scope } from "./scope.ts";
export type { Addition } from "./additions.ts";
export type { Member } from "./fan-in.ts";
