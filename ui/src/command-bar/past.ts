/** The commands that were run, newest last: in memory only, and none of them with a secret. */
export class Past {
  #lines: string[] = [];

  /** How many are remembered. */
  static readonly KEPT = 100;

  add(line: string): void {
    this.#lines = [...this.#lines.filter((each) => each !== line), line].slice(-Past.KEPT);
  }

  /** The command that was run so many commands ago; 1 is the last. */
  ago(steps: number): string | undefined {
    return this.#lines.at(-steps);
  }

  get length(): number {
    return this.#lines.length;
  }
}
