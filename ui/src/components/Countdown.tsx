import { left } from "../figures.ts";
import { useSecondsLeft } from "../time-left.ts";

/** The time until an instant of the engine's clock. Its digits keep their width, so nothing beside it moves. */
export function Countdown({ until }: { until: number }) {
  return (
    <span className="inline-block min-w-[4ch] font-mono text-small tabular-nums">{left(useSecondsLeft(until))}</span>
  );
}
