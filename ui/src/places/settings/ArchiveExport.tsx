import { Download } from "lucide-react";
import { useState } from "react";
import { useDo } from "../../ask.ts";
import { Button } from "../../components/Button.tsx";
import { ErrorNote } from "../../components/ErrorNote.tsx";
import { useToast } from "../../components/Toasts.tsx";
import type { ArchiveExport as Written } from "../../host/generated.ts";
import { HostError, useHost } from "../../host/host.ts";
import { strings } from "../../strings.ts";
import { Panel } from "./Panel.tsx";

const words = strings.settings.transfer.exported;

/** One file with profiles and preferences, never a secret: what is in it, and where it was written. */
export function ArchiveExport() {
  const host = useHost();
  const [written, setWritten] = useState<Written>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<HostError>();
  const run = async () => {
    if (busy) return;
    setBusy(true);
    setError(undefined);
    try {
      setWritten(await host.perform("export_archive", {}));
    } catch (cause) {
      if (!(cause instanceof HostError)) throw cause;
      setError(cause);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Panel title={words.title} why={words.why}>
      <p className="text-ink-2">{words.never}</p>
      <Button className="mt-3" data-testid="export-archive" aria-disabled={busy} onClick={() => void run()}>
        <Download className="size-4" aria-hidden="true" />
        {busy ? words.busy : words.action}
      </Button>
      {error && <ErrorNote error={error} />}
      <div role="status">{written && <Outcome written={written} />}</div>
    </Panel>
  );
}

function Outcome({ written: { path, profiles, leftOut } }: { written: Written }) {
  const act = useDo();
  const toast = useToast();
  const copy = () =>
    act(async (host) => {
      await host.copyText(path);
      toast({ text: words.pathCopied });
    });
  return (
    <div data-testid="archive-written" className="mt-3 rounded-control bg-well px-3 py-2.5">
      <div className="flex flex-wrap items-start gap-x-2">
        <p className="min-w-0 flex-1 basis-60 py-1">
          {words.done(profiles)} <span className="font-mono text-small wrap-anywhere select-all">{path}</span>
        </p>
        <Button look="quiet" onClick={() => void copy()}>
          {words.copyPath}
        </Button>
      </div>
      <p className="text-small text-ink-2">{words.private}</p>
      <LeftOut title={words.leftOut} what={leftOut} />
    </div>
  );
}

/** What an archive does not have, in the engine's words. */
export function LeftOut({ title, what }: { title: string; what: readonly string[] }) {
  if (what.length === 0) return null;
  return (
    <div className="mt-2.5">
      <h4 className="text-small font-medium text-ink-2">{title}</h4>
      <ul className="text-small text-ink-2">
        {what.map((each) => (
          <li key={each} className="wrap-anywhere">
            {each}
          </li>
        ))}
      </ul>
    </div>
  );
}
