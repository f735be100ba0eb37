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

/** Writes what the filters leave to a file, and says where it lies until that is put away. */
export function Export({ filter }: { filter: ExchangeFilter }) {
  const act = useDo();
  const toast = useToast();
  const [busy, setBusy] = useState(false);
  const [written, setWritten] = useState<ExportView>();
  const run = async (format: Format) => {
    setBusy(true);
    const view = await act((host) => host.perform("export_history", { format, ...filter }));
    setBusy(false);
    if (view) setWritten(view);
  };
  const copy = (path: string) =>
    act(async (host) => {
      await host.copyText(path);
      toast({ text: words.pathCopied });
    });
  return (
    <div className="mt-2 flex flex-wrap items-center gap-x-3 gap-y-1">
      <Menu
        align="start"
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
      <div role="status" className="min-w-0 flex-1">
        {written && (
          <p className="flex flex-wrap items-center gap-x-2 text-small text-ink-2" data-testid="exported">
            {words.done(count(written.exchanges))}{" "}
            <span className="min-w-0 font-mono wrap-anywhere text-ink select-all">{written.path}</span>
            <Button look="quiet" onClick={() => void copy(written.path)}>
              {words.copyPath}
            </Button>
            <button
              type="button"
              aria-label={words.close}
              onClick={() => {
                setWritten(undefined);
              }}
              className="rounded-[4px] p-1 text-ink-3 hover:text-ink"
            >
              <X className="size-3.5" aria-hidden="true" />
            </button>
          </p>
        )}
      </div>
    </div>
  );
}
