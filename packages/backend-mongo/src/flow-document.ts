import type { Json, PackedNode, StoredFlow } from "@umbel/core";
import { packPlan, unpackPlan } from "@umbel/core";
import { furtherPieces, pieceId, piecesOf } from "./pieces.ts";

/** A flow as it was sent, or a further piece of one that is large: that has its text only, and the id `<flow>#1`. */
export interface FlowDocument {
  readonly _id: string;
  /** Documents of the flow; 0 in a further piece. */
  readonly pieces: number;
  /** JSON: the plan and the input. Text, since a document's fields cannot have every name, nor nest as deep. */
  readonly text: string;
  readonly replyTo: string | null;
  readonly app: string;
  readonly sentAt: Date;
  readonly expiresAt: Date;
}

export function documentsOf(flow: StoredFlow): readonly FlowDocument[] {
  const { id, plan, input, replyTo, app } = flow;
  const pieces = piecesOf(JSON.stringify({ plan: packPlan(plan), input }));
  const [sentAt, expiresAt] = [new Date(flow.sentAtMs), new Date(flow.expiresAtMs)];
  const said = { replyTo, app, sentAt, expiresAt };
  return pieces.map((text, i) => ({
    _id: pieceId(id, i),
    pieces: i === 0 ? pieces.length : 0,
    text,
    ...said,
  }));
}

/** The ids of the documents of a flow that are still to be read. */
export function missingPieces({ _id, pieces }: FlowDocument): readonly string[] {
  return furtherPieces(_id, pieces);
}

/** @param text - That of all its documents. */
export function storedFlow({ _id, replyTo, app, sentAt, expiresAt }: FlowDocument, text: string): StoredFlow {
  const { plan, input } = JSON.parse(text) as { readonly plan: PackedNode; readonly input: readonly Json[] };
  return {
    id: _id,
    plan: unpackPlan(plan),
    input,
    replyTo,
    app,
    sentAtMs: sentAt.getTime(),
    expiresAtMs: expiresAt.getTime(),
  };
}
