import { useId, type ComponentProps, type ReactNode } from "react";

/** How every text field looks. */
export const fieldClass =
  "w-full min-w-0 rounded-control border border-edge bg-raise px-2.5 py-1 placeholder:text-ink-3 aria-invalid:border-bad";

interface FieldProps {
  label: string;
  /** What belongs to know before typing. */
  hint?: ReactNode;
  /** What is wrong with what was typed. */
  error?: string | undefined;
  className?: string;
  /** A small control that stands at the end of the label's line. */
  aside?: ReactNode;
  /** The control, given the ids that tie it to its words. */
  children: (ids: { id: string; "aria-describedby": string; "aria-invalid": boolean }) => ReactNode;
}

/** A control with its label above it, and its hint or what is wrong below it. */
export function Field({ label, hint, error, className = "", aside, children }: FieldProps) {
  const id = useId();
  return (
    <div className={className}>
      <div className="mb-1 flex flex-wrap items-baseline justify-between gap-x-3">
        <label htmlFor={id} className="block text-small font-medium text-ink-2">
          {label}
        </label>
        {aside}
      </div>
      {children({ id, "aria-describedby": `${id}-note`, "aria-invalid": error !== undefined })}
      <p id={`${id}-note`} className={`mt-1 text-small ${error === undefined ? "text-ink-3" : "text-bad"}`}>
        {error ?? hint}
      </p>
    </div>
  );
}

interface TextFieldProps extends ComponentProps<"input"> {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  /** A value rather than words: shown as it is typed into a file. */
  mono?: boolean;
  fieldClassName?: string;
  aside?: ReactNode;
}

/** A one-line text field. */
export function TextField({ label, hint, error, mono = false, fieldClassName = "", aside, ...rest }: TextFieldProps) {
  return (
    <Field label={label} hint={hint} error={error} className={fieldClassName} aside={aside}>
      {(ids) => (
        <input
          autoComplete="off"
          spellCheck={false}
          {...rest}
          {...ids}
          className={`${fieldClass} ${mono ? "font-mono text-small leading-5" : ""}`}
        />
      )}
    </Field>
  );
}
