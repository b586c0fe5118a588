import type { OnEvent } from "./event.ts";
import type { Link } from "./link.ts";
import { Publisher } from "./publisher.ts";
import { ReplySender } from "./replies.ts";
import { SignalSender } from "./signals.ts";
import { Topology } from "./topology.ts";

/** What we have as long as one connection lives. All of it ends with it. */
export interface Session {
  readonly link: Link;
  readonly topology: Topology;
  readonly publisher: Publisher;
  readonly replies: ReplySender;
  readonly signals: SignalSender;
}

export function sessionOn(link: Link, onEvent: OnEvent): Session {
  const topology = new Topology(link);
  return {
    link,
    topology,
    publisher: new Publisher(link, topology),
    replies: new ReplySender(link, onEvent),
    signals: new SignalSender(link, onEvent),
  };
}
