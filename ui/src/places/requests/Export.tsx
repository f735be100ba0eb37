import { Download, X } from "lucide-react";
import { useState } from "react";
import { useDo } from "../../ask.ts";
import { Button } from "../../components/Button.tsx";
import { Menu, MenuItem, MenuLabel } from "../../components/Menu.tsx";
import { useToast } from "../../components/Toasts.tsx";
import { count } from "../../figures.ts";
import type { ExchangeFilter, ExportView, Format } from "../../host/generated.ts";
import { strings } from "../../strings.ts";

const words = strings.requests.exported;
const formats: readonly Format[] = ["csv", "json"];

interface ExportProps {
  filter: ExchangeFilter;
  onWritten: (view: ExportView) => void;
}

/** Writes what the filters leave to a file. */
export function Export({ filter, onWritten }: ExportProps) {
  const act = useDo();
  const [busy, setBusy] = useState(false);
  const run = async (format: Format) => {
    setBusy(true);
    const view = await act((host) => host.perform("export_history", { format, ...filter }));
    setBusy(false);
    if (view) onWritten(view);
  };
  return (
    <Menu
      trigger={
        <Button data-testid="export" disabled={busy}>
          <Download className="size-3.5" aria-hidden="true" />
          {busy ? words.busy : words.menu}
        </Button>
      }
    >
      <MenuLabel>{words.what}</MenuLabel>
      {formats.map((format) => (
        <MenuItem key={format} onSelect={() => void run(format)}>
          {words[format]}
        </MenuItem>
      ))}
    </Menu>
  );
}

interface ExportedProps {
  written: ExportView | undefined;
  onClose: () => void;
}

/** Where the file lies, until that is put away. */
export function Exported({ written, onClose }: ExportedProps) {
  const act = useDo();
  const toast = useToast();
  const copy = (path: string) =>
    act(async (host) => {
      await host.copyText(path);
      toast({ text: words.pathCopied });
    });
  return (
    <div role="status">
      {written && (
        <div
          data-testid="exported"
          className="mt-3 flex flex-wrap items-center gap-x-2 rounded-control bg-well px-3 py-1 text-small text-ink-2"
        >
          <p className="min-w-0 flex-1 wrap-anywhere">
            {words.done(written.exchanges, count(written.exchanges))}{" "}
            <span className="font-mono text-ink select-all">{written.path}</span>
          </p>
          <Button look="quiet" onClick={() => void copy(written.path)}>
            {words.copyPath}
          </Button>
          <button
            type="button"
            aria-label={words.close}
            onClick={onClose}
            className="rounded-[4px] p-1 text-ink-3 hover:text-ink"
          >
            <X className="size-3.5" aria-hidden="true" />
          </button>
        </div>
      )}
    </div>
  );
}
