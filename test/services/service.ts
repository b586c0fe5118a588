/** A server that tests may use: theirs to talk to, ours to stop. */
export interface Service {
  /** What it is: `rabbitmq`, `mongodb`, `secantusd-rs`. */
  readonly name: string;
  /** Where it answers. */
  readonly url: string;
  /** What was used and how it was had, as one line: `rabbitmq 3.10.8 (installed, started on 127.0.0.1:41231)`. */
  readonly how: string;
  /** How an operator's commands reach it; only for a RabbitMQ that we started. */
  readonly control?: Control;
  /** Ends it, with its children and its files, if we started it; else does nothing. */
  stop(): Promise<void>;
}

/** A command line that reaches one node of RabbitMQ. Plain data, so that it can be handed to the tests' processes. */
export interface Control {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** There is none to be had, and why. */
export interface Missing {
  readonly missing: string;
}

/** Tells a service from the lack of one. */
export function isMissing(found: object): found is Missing {
  return "missing" in found;
}
