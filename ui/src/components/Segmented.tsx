import { useId } from "react";

interface SegmentedProps<Value extends string> {
  legend: string;
  choices: readonly Value[];
  /** The word for each choice. */
  words: Record<Value, string>;
  value: Value | null;
  onChoose: (value: Value) => void;
  /** A control of the foot of the sidebar rather than of a place. */
  small?: boolean;
}

/** A group of radio buttons that looks like one control. */
export function Segmented<Value extends string>({
  legend,
  choices,
  words,
  value,
  onChoose,
  small = false,
}: SegmentedProps<Value>) {
  const name = useId();
  return (
    <fieldset className={`flex rounded-control border border-edge p-px ${small ? "" : "bg-raise"}`}>
      <legend className="sr-only">{legend}</legend>
      {choices.map((each) => (
        <label
          key={each}
          className={`flex-1 rounded-[4px] text-center whitespace-nowrap text-ink-2 hover:text-ink has-checked:bg-chosen has-checked:font-medium has-checked:text-ink has-focus-visible:outline-2 has-focus-visible:outline-accent ${small ? "py-0.5 text-small" : "px-3.5 py-1"}`}
        >
          <input
            type="radio"
            name={name}
            className="sr-only"
            checked={value === each}
            onChange={() => {
              onChoose(each);
            }}
          />
          {words[each]}
        </label>
      ))}
    </fieldset>
  );
}
