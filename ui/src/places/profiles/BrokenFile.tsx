import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useReadAgain, useUndoable } from "../../ask.ts";
import { Button } from "../../components/Button.tsx";
import { ErrorNote } from "../../components/ErrorNote.tsx";
import type { ProfileText } from "../../host/generated.ts";
import { HostError, useHost } from "../../host/host.ts";
import { strings } from "../../strings.ts";
import { JsonEditor } from "./JsonEditor.tsx";
import { useMeaning } from "./meaning.ts";
import { Versions } from "./Versions.tsx";

const words = strings.profiles;

interface BrokenFileProps {
  name: string;
  onDirty: (dirty: boolean) => void;
  /** It can be read again. */
  onMended: () => void;
}

/** A file that can't be read: its text, where it goes wrong, and the way to mend it. */
export function BrokenFile({ name, ...rest }: BrokenFileProps) {
  const host = useHost();
  const { data, error } = useQuery({
    queryKey: ["profile_text", name],
    queryFn: () => host.perform("profile_text", { name }),
  });
  if (error) return <ErrorNote error={error} />;
  return data ? <Mending key={data.fingerprint} name={name} file={data} {...rest} /> : null;
}

function Mending({ name, file, onDirty, onMended }: BrokenFileProps & { file: ProfileText }) {
  const host = useHost();
  const undoable = useUndoable();
  const readAgain = useReadAgain();
  const [text, setText] = useState(file.text);
  const [fault, setFault] = useState(file.fault);
  const [error, setError] = useState<HostError>();
  const [earlier, setEarlier] = useState(false);
  const dirty = text !== file.text;
  useEffect(() => {
    onDirty(dirty);
    // Told when it changes, not when the parent makes another function of it.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [dirty]);
  useMeaning(name, text, dirty, (meaning) => {
    setFault(meaning.fault);
  });

  const save = async () => {
    try {
      const undo = await host.perform("save_profile_text", { name, text, fingerprint: file.fingerprint });
      undoable(words.form.broken.saved(name), undo);
      await readAgain();
      onMended();
    } catch (cause) {
      if (!(cause instanceof HostError)) throw cause;
      setError(cause);
    }
  };
  return (
    <section aria-label={name} className="rounded-panel border border-line bg-panel p-5 shadow-panel">
      <h2 className="text-strong font-semibold tracking-tight wrap-anywhere">{words.broken(name)}</h2>
      <p className="mt-1 mb-3 text-ink-2">{words.form.broken.why}</p>
      <JsonEditor name={name} text={text} fault={fault} good={words.form.broken.good} onChange={setText} />
      {error && <ErrorNote error={error} />}
      <div className="mt-3 flex flex-wrap items-center gap-3">
        <Button look="main" data-testid="save-text" disabled={!dirty || fault !== null} onClick={() => void save()}>
          {words.save}
        </Button>
        <Button
          disabled={!dirty}
          onClick={() => {
            setText(file.text);
            setFault(file.fault);
            setError(undefined);
          }}
        >
          {words.discard}
        </Button>
        {!earlier && (
          <Button
            look="quiet"
            onClick={() => {
              setEarlier(true);
            }}
          >
            {words.file.versions}
          </Button>
        )}
      </div>
      {earlier && (
        <div className="mt-4 border-t border-line pt-4">
          <Versions
            name={name}
            onDone={() => {
              setEarlier(false);
            }}
          />
        </div>
      )}
    </section>
  );
}
