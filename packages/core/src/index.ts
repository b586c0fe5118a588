export { Step } from "./step.ts";
export { senderOf } from "./sender.ts";
export { Task } from "./task.ts";
export { argumentsToJson, mergeArguments } from "./arguments.ts";
export { NOBODY } from "./nobody.ts";
export { fromJson, toJson } from "./json.ts";
export { childId, endOfFlow, isOfFlow, joinPacked, packIds, unpackIds } from "./ids.ts";
export { asNode, collected, firstTask, resultId, stepsOf } from "./node.ts";
export { checkedOptions, stamped } from "./options.ts";
export { reportOf } from "./failure-report.ts";
export { gatherAt, gatherNode } from "./gather.ts";
export { checkedPolicy, isRacing, successesNeeded } from "./policy.ts";
export { MAX_RACERS, openRace, raceArrivals } from "./race.ts";
export { PIPE_RULES } from "./pipe-rules.ts";
export { CANCEL_TASK, FAILURE_TASK, GATHER_TASK, MAP_TASK, STARMAP_TASK, START_TASK } from "./message.ts";
export { Chunks } from "./over-items.ts";
export {
  TaskFailed,
  engineFailure,
  failed,
  headerFailure,
  settledOf,
  success,
  toFailure,
} from "./outcome.ts";
export { combinedState, decidedFor, endTurn, isUnfinished, isTerminal } from "./state.ts";
export { grow } from "./grow.ts";
export {
  NO_REASON,
  cancelFailure,
  cancelId,
  failureOf,
  isCancel,
  isCancelled,
  scopesOf,
  stateOf,
} from "./cancel.ts";
export {
  COMPENSATION_TASK,
  MAX_COMPENSATED,
  compensationId,
  firstCompensated,
  isCompensated,
  isCounted,
  undoId,
} from "./compensation.ts";
export { Batch } from "./batch.ts";
export { HIGHEST_RANK } from "./broker.ts";
export { holds } from "./holder.ts";
export { isIgnored, isKept } from "./ignored.ts";
export { startTurn } from "./start.ts";
export { DEAD_LETTERS, deathFailure } from "./death.ts";
export { drawSent } from "./drawing/draw.ts";
export {
  MAX_MEMBERS,
  SHARD_SIZE,
  WORD_BITS,
  bitOf,
  claimed,
  countArrivals,
  documentsOf,
  isComplete,
  isSameClaimant,
  memberIds,
  openCount,
  placeOf,
} from "./join.ts";
export { decodeBundle, encodeBundle, isBundle } from "./celery/bundle.ts";
export { REPLY_PREFIX, decodeMessage, encodeMessage, isUndecodable } from "./celery/message.ts";
export { decodeReplies, encodeReplies } from "./celery/reply.ts";
export { fromResultDocument, replacedIn, toResultDocument } from "./celery/result-document.ts";
export { flowToSignature } from "./celery/write-flow.ts";
export { signatureToFlow } from "./celery/read-flow.ts";
export { packPlan, unpackPlan } from "./packed-plan.ts";
export { stepsOfText, textOfSteps } from "./plans.ts";
export { startQueue } from "./celery/signature.ts";
export { parse, stringify } from "./celery/json-text.ts";
export {
  AppClosed,
  BrokerUnavailable,
  FlowNotFound,
  FlowCancelled,
  InvalidFlow,
  InvalidInput,
  InvalidOption,
  InvalidOutput,
  NotJson,
  JoinMismatch,
  PlanLost,
  PublishFailed,
  ResultIgnored,
  ResultTimeout,
  RetryExhausted,
  StoreUnavailable,
  TaskNotFound,
  UmbelError,
  UndecodableMessage,
} from "./errors.ts";

export type { AnyStep } from "./step.ts";
export type { Sender } from "./sender.ts";
export type { OnlyArgument } from "./task.ts";
export type { Arriving, Sendable } from "./arriving.ts";
export type { CannotTravel, RefusedArguments, RefusedResult } from "./refusal.ts";
export type { AsyncResult, CancelOptions, GetOptions } from "./async-result.ts";
export type { DrawFormat, DrawOptions, SentFlow } from "./drawing/draw.ts";
export type { Bindable, Remaining } from "./arguments.ts";
export type { Json, JsonObject } from "./json.ts";
export type {
  ChainNode,
  Each,
  GroupNode,
  Node,
  PlacedChain,
  PlacedEach,
  PlacedGroup,
  PlacedNode,
  PlacedRest,
  PlacedTask,
  TaskNode,
} from "./node.ts";
export type { StepOptions } from "./options.ts";
export type { Ending, Form } from "./pipe-rules.ts";
export type { Arrival, Continuation, Message, Messages } from "./message.ts";
export type {
  Failed,
  Failure,
  Outcome,
  OutcomeRecord,
  Replaced,
  Retry,
  Success,
  TurnEnd,
  TurnRecord,
  UnfinishedRecord,
} from "./outcome.ts";
export type { TaskState } from "./state.ts";
export type { Claimant, Join, JoinCount, MemberArrival } from "./join.ts";
export type { Compensating, Compensation, Done, NotUndone, Undone } from "./compensation.ts";
export type { Held, Holder } from "./holder.ts";
export type { Start, Started } from "./start.ts";
export type { Cancel } from "./cancel.ts";
export type {
  Broker,
  ConsumeOptions,
  Consumer,
  DeadLetterOptions,
  Delivery,
  SignalListener,
  Undecodable,
} from "./broker.ts";
export type { Death } from "./death.ts";
export type { Backend } from "./backend.ts";
export type { Flow } from "./flow.ts";
export type { EventsOptions, FlowEvent, FlowFailed, FlowStarted, FlowSucceeded } from "./flow-event.ts";
export type { FlowChain, FlowGroup, FlowLink, FlowNode, FlowTask, FlowTree } from "./flow-tree.ts";
export type { WholePlan } from "./whole-plan.ts";
export type { FlowStore, StoredFlow } from "./flows.ts";
export type { Page, PlanStore } from "./plans.ts";
export type { PackedNode } from "./packed-plan.ts";
export type { Put, ResultStore, StoredTask } from "./results.ts";
export type { Claim, Counted, JoinStore, Raced, Registered, StoredJoin } from "./joins.ts";
export type { Policy, Racing } from "./policy.ts";
export type { Decision, RaceCount } from "./race.ts";
export type { FailureReport } from "./failure-report.ts";
export type { Settled } from "./outcome.ts";
export type { Unbundled } from "./celery/bundle.ts";
export type { EncodedMessage } from "./celery/message.ts";
export type { ResultDocument } from "./celery/result-document.ts";
export type { ErrorCode, Issue } from "./errors.ts";
