import { useState, type SubmitEvent } from "react";
import { useAskedAnew, useKeep } from "../../ask.ts";
import { Button } from "../../components/Button.tsx";
import { ErrorNote } from "../../components/ErrorNote.tsx";
import { TextField } from "../../components/Field.tsx";
import { useToast } from "../../components/Toasts.tsx";
import { HostError, useHost } from "../../host/host.ts";
import { strings } from "../../strings.ts";
import { ToolsThatPointHere } from "./ToolsThatPointHere.tsx";

const words = strings.settings.port;

/** The gateway's port, and who must follow when it changes. */
export function GatewayPort({ shown }: { shown: boolean }) {
  const host = useHost();
  const keep = useKeep();
  const toast = useToast();
  const { data: gateway } = useAskedAnew("gateway", {}, shown);
  const { data: own } = useAskedAnew("own_data", {}, shown);
  const [typed, setTyped] = useState<string>();
  const [error, setError] = useState<HostError>();
  if (!gateway) return null;
  const chosen = gateway.next ?? gateway.port ?? gateway.usual;
  const text = typed ?? String(chosen);
  const isPort = /^\d+$/u.test(text.trim()) && Number(text) >= 1024 && Number(text) <= 65_535;
  const set = async (port: number) => {
    try {
      const now = await host.perform("set_port", { port });
      keep("gateway", {}, now);
      setTyped(undefined);
      setError(undefined);
      if (now.next !== null) toast({ text: words.saved(String(now.next)) });
    } catch (cause) {
      if (!(cause instanceof HostError)) throw cause;
      setError(cause);
    }
  };
  const save = (event: SubmitEvent) => {
    event.preventDefault();
    if (typed !== undefined && isPort && Number(text) !== chosen) void set(Number(text));
  };
  return (
    <form noValidate aria-label={words.title} onSubmit={save}>
      <div className="flex flex-wrap items-start gap-x-3">
        <TextField
          mono
          label={words.field}
          hint={words.hint(String(gateway.usual))}
          error={isPort ? undefined : words.bad}
          inputMode="numeric"
          value={text}
          data-testid="port"
          onChange={({ target }) => {
            setTyped(target.value);
          }}
          fieldClassName="min-w-0 basis-60"
        />
        <Button
          type="submit"
          className="mt-5.5"
          data-testid="save-port"
          aria-disabled={typed === undefined || !isPort || Number(text) === chosen}
        >
          {words.save}
        </Button>
      </div>
      {error && <ErrorNote error={error} />}
      {gateway.next !== null && (
        <div role="status" data-testid="port-next" className="mt-3 rounded-control bg-waiting-well px-3 py-2">
          <p className="font-medium">{words.next(String(gateway.next))}</p>
          {own && own.tools.length > 0 ? (
            <>
              <p className="text-ink-2">{words.nextWhy}</p>
              <ToolsThatPointHere tools={own.tools} />
            </>
          ) : (
            <p className="text-ink-2">{words.nextNobody}</p>
          )}
          {gateway.port !== null && (
            <Button
              className="mt-2"
              onClick={() => {
                if (gateway.port !== null) void set(gateway.port);
              }}
            >
              {words.back}
            </Button>
          )}
        </div>
      )}
    </form>
  );
}
