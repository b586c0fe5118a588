/** How long, and under which signal, to wait for a result. */
export interface GetOptions {
  /** Milliseconds; default: no limit. */
  readonly timeoutMs?: number;
  /** Ends the wait with the signal's reason. The flow goes on. */
  readonly signal?: AbortSignal;
}

/** The result of a flow that was sent, of one of its steps, or of a group. */
export interface AsyncResult<out Out> {
  /** The id of the task whose result this is; of the group, for a group. */
  readonly id: string;
  /** Resolves when the broker has confirmed the flow; rejects when it could not be published. */
  readonly published: Promise<void>;
  /** The result of the step before this one in its chain; null for the first. */
  readonly parent: AsyncResult<unknown> | null;
  /** The members' results, for a group; else empty. */
  readonly children: readonly AsyncResult<unknown>[];
  /**
   * Waits for the result.
   *
   * @throws {TaskFailed} The task failed, or one that it depends on.
   * @throws {ResultTimeout} It did not come within `timeoutMs`.
   * @throws {BrokerUnavailable} The flow could not be published.
   * @throws {AppClosed} The app was closed meanwhile.
   */
  get(options?: GetOptions): Promise<Out>;
  /** PENDING, STARTED, RETRY, SUCCESS, FAILURE, REVOKED, or a state of the task's own. */
  state(): Promise<string>;
  /** Whether the task, or every member of the group, has ended. */
  ready(): Promise<boolean>;
  /** Drops the stored outcome. Call it when the flow has ended and nobody will ask again. */
  forget(): Promise<void>;
}
