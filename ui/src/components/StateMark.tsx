import type { MemberState } from "../host/generated.ts";
import { strings } from "../strings.ts";
import { Countdown } from "./Countdown.tsx";

/** What a state's colour is called among the tokens; a member that just stands by has none. */
export type Tone = "ok" | "cooling" | "bad" | "probing" | "waiting" | "quiet";

export const tones: Record<MemberState, Tone> = {
  serving: "ok",
  ready: "quiet",
  unchecked: "quiet",
  cooling: "cooling",
  open: "bad",
  "at-limit": "cooling",
  "taken-out": "cooling",
  probing: "probing",
  "needs-credential": "waiting",
  "origin-unconfirmed": "waiting",
  missing: "bad",
  broken: "bad",
};

const inks: Record<Tone, string> = {
  ok: "text-ok",
  cooling: "text-cooling",
  bad: "text-bad",
  probing: "text-probing",
  waiting: "text-waiting",
  quiet: "text-ink-3",
};

const wells: Record<Tone, string> = {
  ok: "bg-ok-well text-ok",
  cooling: "bg-cooling-well text-cooling",
  bad: "bg-bad-well text-bad",
  probing: "bg-probing-well text-probing",
  waiting: "bg-waiting-well text-waiting",
  quiet: "bg-well text-ink-2",
};

/** The text colour of a state. */
export const ink = (state: MemberState) => inks[tones[state]];

/** The text colour of a tone. */
export const inkOf = (tone: Tone) => inks[tone];

/** A state's shape alone, 16 units square and in the present colour: no two states look alike without colour. */
export function StateShape({ state }: { state: MemberState }) {
  switch (state) {
    case "serving":
      return (
        <>
          <circle cx="8" cy="8" r="7.200" fill="currentColor" />
          <path d="m4.900 8.200 2.200 2.200 4-4.500" className="stroke-panel" strokeWidth="1.800" />
        </>
      );
    case "ready":
      return <circle cx="8" cy="8" r="5.800" strokeWidth="1.800" />;
    case "unchecked":
      return <circle cx="8" cy="8" r="5.800" strokeWidth="1.800" strokeDasharray="2.600 2" />;
    case "cooling":
      return (
        <>
          <circle cx="8" cy="8" r="6" strokeWidth="1.800" />
          <path d="M8 4.700v3.600l2.200 1.400" strokeWidth="1.600" />
        </>
      );
    case "open":
      return (
        <>
          <circle cx="8" cy="8" r="6" strokeWidth="1.800" />
          <path d="m5.800 5.800 4.400 4.400m0-4.400-4.400 4.400" strokeWidth="1.600" />
        </>
      );
    case "at-limit":
      return (
        <>
          <circle cx="8" cy="8" r="6" strokeWidth="1.800" />
          <path d="M4.800 8h6.400" strokeWidth="1.800" />
        </>
      );
    case "taken-out":
      return (
        <>
          <circle cx="8" cy="8" r="6" strokeWidth="1.800" />
          <path d="M6.400 5.800v4.400m3.200-4.400v4.400" strokeWidth="1.600" />
        </>
      );
    case "probing":
      return (
        <>
          <circle cx="8" cy="8" r="6" strokeWidth="1.800" />
          <path d="M8 4a4 4 0 0 1 0 8z" fill="currentColor" stroke="none" />
        </>
      );
    case "needs-credential":
    case "origin-unconfirmed":
      return (
        <>
          <circle cx="5.400" cy="10.600" r="3.200" strokeWidth="1.700" />
          <path d="m7.800 8.200 5-5m-2 2 2 2" strokeWidth="1.700" />
        </>
      );
    case "missing":
      return <path d="M5.200 6a2.800 2.800 0 1 1 4.200 2.400C8.400 9 8 9.400 8 10.300M8 13v.100" strokeWidth="1.900" />;
    case "broken":
      return <path d="M8 2.500 14 13H2zM8 6.500v3m0 1.800v.100" strokeWidth="1.600" />;
  }
}

interface StatePillProps {
  state: MemberState;
  /** When the state ends, if that is known. */
  until?: number | null;
}

/** A state as shape, colour and word, with the time that is left. */
export function StatePill({ state, until }: StatePillProps) {
  return (
    <span
      className={`inline-flex max-w-full items-center gap-1.5 rounded-full py-0.5 pr-2.5 pl-2 text-small font-medium ${wells[tones[state]]}`}
    >
      <svg
        viewBox="0 0 16 16"
        className="size-3 shrink-0 fill-none stroke-current"
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
      >
        <StateShape state={state} />
      </svg>
      <span>
        {strings.state[state]}
        {until != null && (
          <>
            {", "}
            <Countdown until={until} />
          </>
        )}
      </span>
    </span>
  );
}
