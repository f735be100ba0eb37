/**
 * Marks inside the catalogue's sentences: where a name stands, and where a running countdown goes.
 *
 * A name is set between Unicode's own marks for a piece of foreign text, so that a sentence may put it anywhere, in any
 * order, and the component still knows which part of it is the name.
 */
const NAME_BEGINS = "\u2068";
const NAME_ENDS = "\u2069";
const COUNTDOWN = "\ufffc";

/** `name`, marked as a name. */
export const named = (name: string) => `${NAME_BEGINS}${name}${NAME_ENDS}`;

/** Where the time that is left is shown. */
export const countdown = COUNTDOWN;

/** A piece of a sentence. */
export type Piece = { kind: "text" | "name"; text: string } | { kind: "countdown" };

/** The pieces of a sentence of the catalogue, in order. */
export function pieces(sentence: string): Piece[] {
  return sentence
    .split(new RegExp(`(${NAME_BEGINS}[^${NAME_ENDS}]*${NAME_ENDS}|${COUNTDOWN})`, "u"))
    .filter((part) => part !== "")
    .map((part) => {
      if (part === COUNTDOWN) return { kind: "countdown" };
      if (part.startsWith(NAME_BEGINS)) return { kind: "name", text: part.slice(1, -1) };
      return { kind: "text", text: part };
    });
}

/** The sentence without marks, as a screen reader should hear it: a countdown would never let it rest. */
export const spoken = (sentence: string) =>
  pieces(sentence)
    .map((piece) => (piece.kind === "countdown" ? "" : piece.text))
    .join("");

const lists = new Intl.ListFormat("en", { type: "conjunction" });

/** "a, b and c". */
export const listed = (items: readonly string[]) => lists.format(items).replace(", and ", " and ");
