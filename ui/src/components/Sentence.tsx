import { pieces } from "../words.ts";
import { Countdown } from "./Countdown.tsx";

interface SentenceProps {
  /** A sentence of the catalogue. */
  text: string;
  /** What its countdown counts to, if it has one. */
  until?: number | null;
  /** How a name looks. */
  nameClass?: string;
}

/** A sentence of the catalogue with its names set off and its countdown running. */
export function Sentence({ text, until, nameClass = "font-medium text-ink" }: SentenceProps) {
  return pieces(text).map((piece, at) => {
    switch (piece.kind) {
      case "text":
        return piece.text;
      case "name":
        return (
          <bdi key={at} className={`wrap-anywhere ${nameClass}`}>
            {piece.text}
          </bdi>
        );
      case "countdown":
        return until == null ? null : <Countdown key={at} until={until} />;
    }
  });
}
