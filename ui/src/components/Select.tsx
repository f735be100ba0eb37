import { ChevronDown } from "lucide-react";
import { useId } from "react";
import { fieldClass } from "./Field.tsx";

interface SelectProps<Value extends string> {
  /** Its name; not shown, so the choices must say what they are of. */
  label: string;
  value: Value;
  choices: readonly { value: Value; text: string }[];
  onChoose: (value: Value) => void;
  className?: string;
}

/** A drop-down of the toolbar kind: its name is for screen readers, and what is chosen says the rest. */
export function Select<Value extends string>({ label, value, choices, onChoose, className = "" }: SelectProps<Value>) {
  const id = useId();
  return (
    <div className={`relative ${className}`}>
      <label htmlFor={id} className="sr-only">
        {label}
      </label>
      <select
        id={id}
        value={value}
        onChange={(event) => {
          const chosen = choices.find((choice) => choice.value === event.target.value);
          if (chosen) onChoose(chosen.value);
        }}
        className={`${fieldClass} appearance-none pr-8 text-ellipsis`}
      >
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.text}
          </option>
        ))}
      </select>
      <ChevronDown className="pointer-events-none absolute top-2 right-2.5 size-3.5 text-ink-3" aria-hidden="true" />
    </div>
  );
}
