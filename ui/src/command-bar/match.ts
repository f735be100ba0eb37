/** Something that can be found by its words. */
interface Findable {
  /** What it is called. */
  label: string;
  /** Other words that it may be looked for by. */
  also: string;
}

/** Those that hold every typed word, the nearest first; among equals as they came. */
export function matching<Item extends Findable>(items: readonly Item[], typed: string): Item[] {
  const wanted = typed.toLowerCase().split(/\s+/u).filter(Boolean);
  return items
    .map((item) => ({ item, rank: rankOf(item, wanted) }))
    .filter(({ rank }) => rank !== undefined)
    .sort((one, other) => (one.rank ?? 0) - (other.rank ?? 0))
    .map(({ item }) => item);
}

/** 0 where the label begins with what was typed, more the further it is from that; undefined where a word is missing. */
function rankOf({ label, also }: Findable, wanted: readonly string[]): number | undefined {
  const [name, more] = [label.toLowerCase(), also.toLowerCase()];
  let rank = name.startsWith(wanted.join(" ")) ? 0 : 1;
  for (const word of wanted) {
    const at = ` ${name}`.search(new RegExp(`[^a-z0-9]${escaped(word)}`, "u"));
    if (at >= 0) continue;
    if (name.includes(word)) rank += 2;
    else if (more.includes(word)) rank += 4;
    else return undefined;
  }
  return rank;
}

const escaped = (word: string) => word.replace(/[.*+?^${}()|[\]\\/]/gu, String.raw`\$&`);
