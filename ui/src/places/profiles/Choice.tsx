import { DropDown } from "../../components/DropDown.tsx";

interface ChoiceProps<Value extends string> {
  label: string;
  value: Value;
  choices: readonly { value: Value; text: string }[];
  onChoose: (value: Value) => void;
  className?: string;
}

/** A drop-down over a few words that the program knows. */
export function Choice<Value extends string>({ label, value, choices, onChoose, className = "" }: ChoiceProps<Value>) {
  return (
    <DropDown
      label={label}
      value={value}
      fieldClassName={className}
      onChange={({ target }) => {
        const chosen = choices.find((choice) => choice.value === target.value);
        if (chosen) onChoose(chosen.value);
      }}
    >
      {choices.map((choice) => (
        <option key={choice.value} value={choice.value}>
          {choice.text}
        </option>
      ))}
    </DropDown>
  );
}
