import { Search } from "lucide-react";
import type { ComponentProps } from "react";
import { fieldClass } from "./Field.tsx";

interface SearchFieldProps extends Omit<ComponentProps<"input">, "onChange" | "value" | "type"> {
  /** Its name; not shown, the placeholder says what can be looked for. */
  label: string;
  value: string;
  onType: (value: string) => void;
}

/** A field to look for something by, as it is typed. */
export function SearchField({ label, value, onType, className = "", ...rest }: SearchFieldProps) {
  return (
    <div className={`relative min-w-0 ${className}`}>
      <Search className="pointer-events-none absolute top-2 left-2.5 size-3.5 text-ink-3" aria-hidden="true" />
      <input
        type="search"
        aria-label={label}
        autoComplete="off"
        spellCheck={false}
        {...rest}
        value={value}
        onChange={(event) => {
          onType(event.target.value);
        }}
        className={`${fieldClass} appearance-none pl-8`}
      />
    </div>
  );
}
