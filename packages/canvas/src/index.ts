export { chain } from "./chain.ts";
export { group } from "./group.ts";
export { each } from "./each.ts";
export { chord } from "./chord.ts";
export { chunks, map, starmap } from "./over-items.ts";
export { place } from "./place.ts";
export { paginate } from "./pages.ts";
export { spread } from "./expand.ts";
export { start } from "./start.ts";
export { nextTurn } from "./retry.ts";
export { decidingMembers } from "./fan-in.ts";
export { advance, complete, loseJoin, originOf } from "./advance.ts";

export type { EachOptions, EachResult } from "./each.ts";
export type { GroupResult, InputOf, Members, ResultsOf } from "./group.ts";
export type { Origin } from "./begin.ts";
export type { PagedPlan, PageSizes, PlanPage } from "./pages.ts";
export type { Effect, Ended } from "./effect.ts";
export type { Member } from "./fan-in.ts";
