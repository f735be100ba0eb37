import { ChevronDown } from "lucide-react";
import type { ComponentProps, ReactNode } from "react";
import { Field, fieldClass } from "./Field.tsx";

interface DropDownProps extends ComponentProps<"select"> {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  fieldClassName?: string;
  aside?: ReactNode;
}

/** A drop-down of a form, with its label above it. Its options are its children. */
export function DropDown({ label, hint, error, fieldClassName = "", aside, children, ...rest }: DropDownProps) {
  return (
    <Field label={label} hint={hint} error={error} className={fieldClassName} aside={aside}>
      {(ids) => (
        <div className="relative">
          <select {...rest} {...ids} className={`${fieldClass} appearance-none pr-8 text-ellipsis`}>
            {children}
          </select>
          <ChevronDown
            className="pointer-events-none absolute top-2 right-2.5 size-3.5 text-ink-3"
            aria-hidden="true"
          />
        </div>
      )}
    </Field>
  );
}
