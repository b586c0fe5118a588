/** Characters in one document: at three bytes each, below MongoDB's limit of 16 MiB. */
const PIECE = 4_000_000;

/** A text in pieces that each fit a document; one, where it is not large. */
export function piecesOf(text: string): readonly string[] {
  const pieces: string[] = [];
  for (let from = 0; from < text.length || from === 0;) {
    const end = from + PIECE;
    // n.b. never between the two halves of a character: neither would be one that MongoDB can hold.
    const to = isHighSurrogate(text.charCodeAt(end - 1)) ? end - 1 : end;
    pieces.push(text.slice(from, to));
    from = to;
  }
  return pieces;
}

/** The id of a piece's document: the first has that of the text. */
export function pieceId(text: string, index: number): string {
  return index === 0 ? text : `${text}#${index}`;
}

/** The ids of all pieces but the first. */
export function furtherPieces(text: string, pieces: number): readonly string[] {
  return Array.from({ length: pieces - 1 }, (_, i) => pieceId(text, i + 1));
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}
