/**
 * Where the drawn rail goes: one line from the top of the list to the members that serve, past those that don't.
 *
 * The line is as thick as the traffic that it still carries: where the load is shared, each member takes its share off
 * it. Dashes lead on to the members that stand by, and away from a member that is out: there it would go again.
 */

/** One member as the rail sees it. Positions are in pixels from the top of the list. */
export interface Stop {
  top: number;
  height: number;
  /** Traffic goes to it now. */
  serves: boolean;
  /** It can't be tried now. */
  out: boolean;
  /** Its part of the traffic, 0 to 1, where the load is shared. */
  share: number | null;
}

/** A piece of the rail: an SVG path, and how thick it is in pixels. */
export interface Track {
  path: string;
  width: number;
}

/** Where the rail runs, from the left edge. */
export const RAIL_X = 28;
/** How far left it bows past a member. */
const BOW_X = 11;
/** Half of a member's mark: tracks end at its edge. */
const MARK = 9;
/** The thickness of all traffic, and of the least that is still drawn. */
const THICK = 6.5;
const THIN = 1.5;
/** The line where nothing is shared. */
const SINGLE = 2.5;

const centre = (stop: Stop) => stop.top + stop.height / 2;
const at = (value: number) => String(Math.round(value * 10) / 10);

/** The rail for `stops`, in their order. */
export function rail(stops: readonly Stop[]): { carried: Track[]; standby: string[] } {
  const serving = stops.flatMap((stop, index) => (stop.serves ? [index] : []));
  const shared = serving.length > 1;
  const lastServing = serving.at(-1);

  const carried: Track[] = [];
  let from = -1;
  let rest = 1;
  for (const index of serving) {
    carried.push({ path: leg(stops, from, index), width: shared ? THIN + rest * (THICK - THIN) : SINGLE });
    rest = Math.max(0, rest - (stops[index]?.share ?? 1 / serving.length));
    from = index;
  }

  const standby: string[] = [];
  for (const [index, stop] of stops.entries()) {
    const next = stops[index + 1];
    if (lastServing !== undefined && index < lastServing) {
      // Before the last that serves, the line itself connects; only a member that it passes is tied in by dashes.
      if (!stop.serves && next) standby.push(straight(centre(stop) + MARK, centre(next) - MARK));
    } else if (!stop.out || index === lastServing) {
      const to = stops.findIndex((other, place) => place > index && !other.out);
      if (to > index) standby.push(leg(stops, index, to));
    }
  }
  return { carried, standby };
}

function straight(from: number, to: number): string {
  return `M${at(RAIL_X)} ${at(from)}V${at(to)}`;
}

/** From one member's mark (-1: from the top of the list) to another's, bowing past all that lie between. */
function leg(stops: readonly Stop[], from: number, to: number): string {
  const start = stops[from];
  const end = stops[to];
  const first = stops[from + 1];
  const last = stops[to - 1];
  if (!end || !first || !last) return straight(0, end ? centre(end) - MARK : 0);
  const y0 = start ? centre(start) + MARK : first.top;
  const y1 = centre(end) - MARK;
  if (to - from === 1) return straight(y0, y1);

  const enter = centre(first) - 2;
  const leave = centre(last) + 2;
  const bend = (enter - y0) / 2;
  const back = (y1 - leave) / 2;
  return [
    `M${at(RAIL_X)} ${at(y0)}`,
    `C${at(RAIL_X)} ${at(y0 + bend)} ${at(BOW_X)} ${at(enter - bend)} ${at(BOW_X)} ${at(enter)}`,
    `V${at(leave)}`,
    `C${at(BOW_X)} ${at(leave + back)} ${at(RAIL_X)} ${at(y1 - back)} ${at(RAIL_X)} ${at(y1)}`,
  ].join("");
}
