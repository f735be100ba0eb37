import { useEffect, useState } from "react";
import { useForm } from "react-hook-form";
import { useReadAgain, useUndoable } from "../../ask.ts";
import { Button } from "../../components/Button.tsx";
import { ErrorNote } from "../../components/ErrorNote.tsx";
import type { ProviderView } from "../../host/generated.ts";
import { HostError, useHost } from "../../host/host.ts";
import { strings } from "../../strings.ts";
import { draftOf, emptyValues, resolver, type Values } from "./form.ts";
import { ProfileForm } from "./ProfileForm.tsx";

const words = strings.profiles;

interface NewProfileProps {
  /** Names that exist already. */
  taken: readonly string[];
  providers: readonly ProviderView[];
  onAddProvider: (take: (name: string) => void) => void;
  onDirty: (dirty: boolean) => void;
  /** Saved under that name, or given up. */
  onDone: (created?: string) => void;
}

/** The form of a profile that does not exist yet. Its key comes after it: a key belongs to a profile's address. */
export function NewProfile({ taken, providers, onAddProvider, onDirty, onDone }: NewProfileProps) {
  const host = useHost();
  const undoable = useUndoable();
  const readAgain = useReadAgain();
  const [error, setError] = useState<HostError>();
  const form = useForm<Values>({ defaultValues: emptyValues, resolver: resolver(taken, providers) });
  const { isDirty, isSubmitting } = form.formState;
  useEffect(() => {
    onDirty(isDirty);
    // Told when it changes, not when the parent makes another function of it.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [isDirty]);

  const save = async (values: Values) => {
    const draft = { name: values.name.trim(), fingerprint: null, ...draftOf(values) };
    try {
      const undo = await host.perform("save_profile", draft);
      undoable(words.created(draft.name), undo);
      await readAgain();
      onDone(draft.name);
    } catch (cause) {
      if (!(cause instanceof HostError)) throw cause;
      setError(cause);
    }
  };

  return (
    <form
      noValidate
      aria-label={words.create}
      onSubmit={(event) => void form.handleSubmit(save)(event)}
      className="@container rounded-panel border border-line bg-panel p-5 shadow-panel"
    >
      <h2 className="mb-4 text-strong font-semibold tracking-tight">{words.create}</h2>
      <ProfileForm form={form} providers={providers} onAddProvider={onAddProvider} isNew />
      {error && <ErrorNote error={error} />}
      <div className="mt-5 flex flex-wrap items-center gap-x-3 gap-y-2">
        <Button type="submit" look="main" data-testid="save-profile" disabled={isSubmitting}>
          {words.save}
        </Button>
        <Button
          onClick={() => {
            onDone();
          }}
        >
          {strings.failover.cancel}
        </Button>
        <p className="text-small text-ink-3">{words.keyLater}</p>
      </div>
    </form>
  );
}
