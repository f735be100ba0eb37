import { Check, Minus } from "lucide-react";
import { useEffect, useRef, type ReactNode } from "react";
import { Button } from "../../../components/Button.tsx";
import { strings } from "../../../strings.ts";

const words = strings.welcome;

interface StepProps {
  /** Its place, from 1, and how many there are. */
  at: number;
  of: number;
  title: string;
  /** `past` shows what was chosen, `now` what is to be done, `ahead` its title alone. */
  stage: "past" | "now" | "ahead";
  /** What was chosen, in a few words. */
  chosen?: ReactNode;
  /** It was passed over. */
  skipped?: boolean;
  /** Goes back to it; absent where that is no longer possible. */
  onChange?: (() => void) | undefined;
  testId: string;
  /** Stays where it is while the step is not the present one, so that nothing typed is lost. */
  children: ReactNode;
}

/** One step of the guide, on the line that joins them. */
export function Step({ at, of, title, stage, chosen, skipped = false, onChange, testId, children }: StepProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const was = useRef(stage);
  const Mark = skipped ? Minus : Check;
  useEffect(() => {
    // Who goes on by keyboard goes on here.
    if (stage === "now" && was.current !== "now") heading.current?.focus();
    was.current = stage;
  }, [stage]);
  return (
    <li
      data-testid={testId}
      data-stage={stage}
      aria-current={stage === "now" ? "step" : undefined}
      className="relative grid grid-cols-[26px_minmax(0,1fr)] gap-x-3.5 pb-5 last:pb-0"
    >
      {at < of && <span aria-hidden="true" className="absolute top-7 bottom-0.5 left-[12px] w-0.5 bg-line" />}
      <span
        aria-hidden="true"
        className={`grid size-6.5 place-items-center rounded-full text-small font-semibold tabular-nums ${
          stage === "past"
            ? skipped
              ? "bg-well text-ink-3"
              : "bg-ok-well text-ok"
            : stage === "now"
              ? "bg-accent text-accent-ink"
              : "border border-edge text-ink-3"
        }`}
      >
        {stage === "past" ? <Mark className="size-3.5" strokeWidth={2.5} /> : at}
      </span>
      <div className="min-w-0 pt-0.5">
        <div className="flex flex-wrap items-baseline gap-x-3">
          <h2
            ref={heading}
            tabIndex={-1}
            className={`outline-none ${stage === "ahead" ? "text-ink-3" : "font-semibold"}`}
          >
            <span className="sr-only">{words.step(String(at), String(of))}: </span>
            {title}
          </h2>
          {stage === "past" && <p className="min-w-0 text-small text-ink-2 wrap-anywhere">{chosen}</p>}
          {stage === "past" && onChange && (
            <Button look="quiet" className="-my-1 text-small" aria-label={words.change(title)} onClick={onChange}>
              {words.changeShort}
            </Button>
          )}
        </div>
        <div hidden={stage !== "now"} className="mt-2">
          {children}
        </div>
      </div>
    </li>
  );
}
