import type { Minute } from "../../host/generated.ts";

const HEIGHT = 22;
const STEP = 5;
const BAR = 3;

interface MinuteBarsProps {
  minutes: readonly Minute[];
  /** The requests of the busiest minute of all members, so that their bars can be compared. */
  most: number;
  label: string;
}

/**
 * The last minutes, oldest first: a bar is as high as the minute's requests, by the square root, so that one request
 * is seen beside a hundred. What failed stands on top, in its colour and with a gap; a minute with nothing is a dot.
 */
export function MinuteBars({ minutes, most, label }: MinuteBarsProps) {
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${String(minutes.length * STEP)} ${String(HEIGHT)}`}
      className="mt-0.5 block h-5.5 w-37.5"
    >
      {minutes.map(({ ok, failed }, at) => {
        const x = at * STEP;
        const total = ok + failed;
        if (total === 0) return <rect key={at} x={x} y={HEIGHT - 2} width={BAR} height={2} className="fill-edge" />;
        const high = Math.max(4, Math.sqrt(total / most) * HEIGHT);
        const bad = failed === 0 ? 0 : Math.max(4, (high * failed) / total);
        const good = Math.max(0, high - bad - (bad > 0 && ok > 0 ? 1 : 0));
        return (
          <g key={at}>
            {ok > 0 && <rect x={x} y={HEIGHT - good} width={BAR} height={good} rx="1" className="fill-ok" />}
            {failed > 0 && (
              // A failure is wider at its head: told from an answer without its colour.
              <path
                d={`M${String(x - 0.5)} ${String(HEIGHT - high)}h4v2h-.5v${String(Math.max(0, bad - 2))}h-3v-${String(Math.max(0, bad - 2))}h-.5z`}
                className="fill-bad"
              />
            )}
          </g>
        );
      })}
    </svg>
  );
}
