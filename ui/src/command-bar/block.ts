import { masked, secretAt } from "./secret.ts";

/** A pasted block of commands. Its lines are shown without secrets; as they are, they go to the engine and nowhere else. */
export class Block {
  /** The lines as they may be shown. */
  readonly shown: readonly string[];
  #lines: readonly string[];

  constructor(text: string) {
    this.#lines = text.split(/\r\n|\r|\n/u);
    this.shown = this.#lines.map(masked);
  }

  /** The block for the engine, or as many of its first lines. */
  text(lines = this.#lines.length): string {
    return this.#lines.slice(0, lines).join("\n");
  }

  /** Whether a line can be shown whole, and so be corrected by hand. Counted from 1. */
  isOpen(line: number): boolean {
    return secretAt(this.#lines[line - 1] ?? "") === undefined;
  }

  /** The same with another text in the place of a line, counted from 1. */
  corrected(line: number, text: string): Block {
    return new Block(this.#lines.with(line - 1, text).join("\n"));
  }

  /** Lets go of the secrets: from now on it can only be shown. */
  forget(): void {
    this.#lines = this.shown;
  }
}

/** Whether a pasted text is a block rather than one command. */
export function isBlock(text: string): boolean {
  return text.split(/\r\n|\r|\n/u).filter((line) => line.trim() !== "").length > 1;
}
