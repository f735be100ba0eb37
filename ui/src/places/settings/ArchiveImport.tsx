import { useState, type SubmitEvent } from "react";
import { useReadAgain, useUndoable } from "../../ask.ts";
import { Button } from "../../components/Button.tsx";
import { ErrorNote } from "../../components/ErrorNote.tsx";
import { TextField } from "../../components/Field.tsx";
import { Notice } from "../../components/Notice.tsx";
import type { ImportOutcome, ImportView } from "../../host/generated.ts";
import { HostError, useHost } from "../../host/host.ts";
import { strings } from "../../strings.ts";
import { ImportPreview, type Wanted } from "./ImportPreview.tsx";
import { ImportResult } from "./ImportResult.tsx";
import { Panel } from "./Panel.tsx";

const words = strings.settings.transfer.imported;

/** An archive is looked at, chosen from, and only then imported; what was written can be taken back. */
export function ArchiveImport() {
  const host = useHost();
  const readAgain = useReadAgain();
  const undoable = useUndoable();
  const [path, setPath] = useState("");
  // The file that was looked at, and what it held then.
  const [looked, setLooked] = useState<{ path: string; view: ImportView; anew: boolean }>();
  const [outcome, setOutcome] = useState<ImportOutcome>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<HostError>();

  const attempt = async (act: () => Promise<void>) => {
    if (busy) return;
    setBusy(true);
    setError(undefined);
    try {
      await act();
    } catch (cause) {
      if (!(cause instanceof HostError)) throw cause;
      setError(cause);
    } finally {
      setBusy(false);
    }
  };
  const lookAt = async (file: string, anew: boolean) => {
    setLooked({ path: file, view: await host.perform("preview_import", { path: file }), anew });
  };
  const look = (event: SubmitEvent) => {
    event.preventDefault();
    const file = path.trim();
    if (file === "") {
      setError(new HostError("path_empty", words.pathEmpty, ""));
      return;
    }
    void attempt(() => lookAt(file, false));
  };
  const run = (file: string, wanted: Wanted) =>
    attempt(async () => {
      try {
        const done = await host.perform("import_archive", { path: file, ...wanted });
        setOutcome(done);
        setLooked(undefined);
        if (done.undo) undoable(words.toast(done.changes.length), done.undo);
        await readAgain();
      } catch (cause) {
        if (!(cause instanceof HostError) || cause.code !== "archive_changed") throw cause;
        await lookAt(file, true);
      }
    });

  return (
    <Panel title={words.title} why={words.why}>
      {outcome ? (
        <ImportResult
          outcome={outcome}
          onDone={() => {
            setOutcome(undefined);
            setPath("");
          }}
        />
      ) : (
        <>
          <form noValidate aria-label={words.form} onSubmit={look} className="flex flex-wrap items-end gap-x-2">
            <TextField
              mono
              label={words.path}
              hint={words.pathHint}
              error={looked ? undefined : error && `${error.message} ${error.hint}`.trim()}
              data-testid="archive-path"
              value={path}
              onChange={(event) => {
                setPath(event.target.value);
                setLooked(undefined);
                setError(undefined);
              }}
              fieldClassName="min-w-0 flex-1 basis-60"
            />
            {/* The note below the field may take more lines; the button stays beside the field. */}
            <Button type="submit" data-testid="look-at-archive" aria-disabled={busy} className="self-start mt-5.5">
              {busy && !looked ? words.looking : words.look}
            </Button>
          </form>
          {looked && (
            <div className="mt-4">
              {looked.anew && (
                <Notice notice={{ code: "archive_changed", message: words.changed, hint: words.changedHint }} />
              )}
              <ImportPreview
                key={looked.view.fingerprint}
                view={looked.view}
                busy={busy}
                onImport={(wanted) => void run(looked.path, wanted)}
                onCancel={() => {
                  setLooked(undefined);
                  setError(undefined);
                }}
              />
              {error && <ErrorNote error={error} />}
            </div>
          )}
        </>
      )}
    </Panel>
  );
}
