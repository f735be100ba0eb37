import { useState, type SubmitEvent } from "react";
import { useKeep } from "../../ask.ts";
import { Button } from "../../components/Button.tsx";
import { ErrorNote } from "../../components/ErrorNote.tsx";
import { TextField } from "../../components/Field.tsx";
import { useToast } from "../../components/Toasts.tsx";
import type { PriceDraft, PriceView } from "../../host/generated.ts";
import { HostError, useHost } from "../../host/host.ts";
import { strings } from "../../strings.ts";

const words = strings.settings.prices;

const parts = ["input", "output", "cachedInput", "cacheWrite"] as const;
type Part = (typeof parts)[number];

/** A price that may be left out counts as that of the input. */
const isOptional = (part: Part) => part === "cachedInput" || part === "cacheWrite";

function read(text: string): number | undefined {
  const value = Number(text);
  return text.trim() !== "" && value >= 0 && value <= 100_000 ? value : undefined;
}

interface PriceFormProps {
  price: PriceView;
  /** Its provider's name for people. */
  title: string;
  onDone: () => void;
}

/** The user's own price of one model, or back to the catalogue's. */
export function PriceForm({ price, title, onDone }: PriceFormProps) {
  const host = useHost();
  const keep = useKeep();
  const toast = useToast();
  const { provider, model, own, listed } = price;
  const [typed, setTyped] = useState(() => textsOf(own ?? listed));
  const [error, setError] = useState<HostError>();
  const [tried, setTried] = useState(false);
  const bad = (part: Part) => {
    const isEmpty = typed[part].trim() === "";
    return (isEmpty ? !isOptional(part) : read(typed[part]) === undefined) ? words.bad : undefined;
  };

  const send = async (next: PriceDraft | null, said: string) => {
    try {
      keep("prices", {}, await host.perform("set_price", { provider, model, price: next }));
      toast({ text: said });
      onDone();
    } catch (cause) {
      if (!(cause instanceof HostError)) throw cause;
      setError(cause);
    }
  };
  const save = (event: SubmitEvent) => {
    event.preventDefault();
    setTried(true);
    if (parts.some((part) => bad(part) !== undefined)) return;
    const { input, output, cachedInput, cacheWrite } = typed;
    const next = {
      input: read(input) ?? 0,
      output: read(output) ?? 0,
      cachedInput: read(cachedInput) ?? null,
      cacheWrite: read(cacheWrite) ?? null,
    };
    void send(next, words.saved(model));
  };

  return (
    <form noValidate aria-label={words.form(model, title)} onSubmit={save} className="rounded-panel bg-well p-3">
      <div className="flex flex-wrap gap-3">
        {parts.map((part, at) => (
          <TextField
            key={part}
            // The form was asked for: there the typing begins.
            // eslint-disable-next-line jsx-a11y/no-autofocus
            autoFocus={at === 0}
            mono
            inputMode="decimal"
            label={words[part]}
            hint={isOptional(part) ? words.optional : undefined}
            error={tried ? bad(part) : undefined}
            value={typed[part]}
            onChange={(event) => {
              setTyped({ ...typed, [part]: event.target.value });
            }}
            fieldClassName="min-w-0 flex-1 basis-28"
          />
        ))}
      </div>
      {error && <ErrorNote error={error} />}
      <div className="mt-2 flex flex-wrap gap-2">
        <Button type="submit" look="main">
          {words.save}
        </Button>
        <Button onClick={onDone}>{words.cancel}</Button>
        {own && (
          <Button look="danger" className="ml-auto" onClick={() => void send(null, words.taken(model))}>
            {listed ? words.reset : words.forgetOwn}
          </Button>
        )}
      </div>
    </form>
  );
}

function textsOf(price: PriceDraft | null): Record<Part, string> {
  const text = (value: number | null | undefined) => (value == null ? "" : String(value));
  return {
    input: text(price?.input),
    output: text(price?.output),
    cachedInput: text(price?.cachedInput),
    cacheWrite: text(price?.cacheWrite),
  };
}
