/**
 * Weights as whole percents that always add up to 100, so that what is drawn, typed and saved is one thing.
 */

/** `weights` as whole percents: the largest remainders are rounded up, the earlier first. All zero counts as equal. */
export function percents(weights: readonly number[], whole = 100): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const exact = weights.map((weight) => (total === 0 ? whole / weights.length : (whole * weight) / total));
  const floors = exact.map(Math.floor);
  const missing = whole - floors.reduce((sum, each) => sum + each, 0);
  const first = exact
    .map((value, at) => ({ at, rest: value - Math.floor(value) }))
    .toSorted((one, other) => other.rest - one.rest || one.at - other.at)
    .slice(0, Math.max(0, missing))
    .map(({ at }) => at);
  return floors.map((value, at) => value + (first.includes(at) ? 1 : 0));
}

/** `weights` with the one at `index` set to `value` percent; the others keep their proportion in what is left. */
export function relinked(weights: readonly number[], index: number, value: number): number[] {
  if (weights.length < 2) return weights.map(() => 100);
  const wanted = Math.min(100, Math.max(0, Math.round(value)));
  const others = percents(
    weights.filter((_, at) => at !== index),
    100 - wanted,
  );
  return others.toSpliced(index, 0, wanted);
}
