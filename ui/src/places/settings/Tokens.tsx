import { useState, type SubmitEvent } from "react";
import { useDo } from "../../ask.ts";
import { Button, focused } from "../../components/Button.tsx";
import { ErrorNote } from "../../components/ErrorNote.tsx";
import { TextField } from "../../components/Field.tsx";
import { useToast } from "../../components/Toasts.tsx";
import { dayAndTime } from "../../figures.ts";
import type { DoorView, TokenView } from "../../host/generated.ts";
import { HostError, useHost } from "../../host/host.ts";
import { strings } from "../../strings.ts";

const words = strings.settings.gateway;

interface TokensProps {
  tokens: readonly TokenView[];
  onChange: (door: DoorView) => void;
}

/** The tools' own tokens. One that was just made is shown until the user says that it is in its place, and then never again. */
export function Tokens({ tokens, onChange }: TokensProps) {
  const [made, setMade] = useState<{ name: string; token: string }>();
  return (
    <>
      {tokens.length === 0 ? (
        <p className="text-ink-3">{words.noTokens}</p>
      ) : (
        <ul className="border-t border-line">
          {tokens.map((token) => (
            <Row key={`${token.name} ${String(token.made)}`} token={token} onChange={onChange} />
          ))}
        </ul>
      )}
      {made ? (
        <Shown
          {...made}
          onDone={() => {
            setMade(undefined);
          }}
        />
      ) : (
        <Make
          onMade={(name, token, door) => {
            setMade({ name, token });
            onChange(door);
          }}
        />
      )}
    </>
  );
}

function Row({ token, onChange }: { token: TokenView; onChange: (door: DoorView) => void }) {
  const act = useDo();
  const toast = useToast();
  const [sure, setSure] = useState(false);
  const revoke = () =>
    act(async (host) => {
      onChange(await host.perform("revoke_token", { name: token.name }));
      toast({ text: words.revoked(token.name) });
    });
  const used = token.used === null ? words.neverUsed : words.usedAt(dayAndTime(token.used));
  const state = token.revoked === null ? used : words.revokedAt(dayAndTime(token.revoked));
  return (
    <li className="flex flex-wrap items-center gap-x-2 border-b border-line py-1.5">
      <span className="min-w-0 flex-1 basis-40">
        <span className={`block font-medium wrap-anywhere ${token.revoked === null ? "" : "text-ink-3 line-through"}`}>
          {token.name}
        </span>
        <span className="block text-small text-ink-3 tabular-nums">
          {words.madeAt(dayAndTime(token.made))} · {state}
        </span>
      </span>
      {token.revoked === null &&
        (sure ? (
          <>
            <Button look="danger" ref={focused} onClick={() => void revoke()}>
              {words.revokeNow}
            </Button>
            <Button
              look="quiet"
              onClick={() => {
                setSure(false);
              }}
            >
              {words.revokeNot}
            </Button>
          </>
        ) : (
          <Button
            look="danger"
            aria-label={words.revokeNamed(token.name)}
            onClick={() => {
              setSure(true);
            }}
          >
            {words.revoke}
          </Button>
        ))}
    </li>
  );
}

function Make({ onMade }: { onMade: (name: string, token: string, door: DoorView) => void }) {
  const host = useHost();
  const [name, setName] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<HostError>();
  const make = async (event: SubmitEvent) => {
    event.preventDefault();
    if (name.trim() === "" || busy) return;
    setBusy(true);
    try {
      const { token, door } = await host.perform("make_token", { name: name.trim() });
      onMade(name.trim(), token, door);
    } catch (cause) {
      if (!(cause instanceof HostError)) throw cause;
      setError(cause);
    } finally {
      setBusy(false);
    }
  };
  const nameBad = error?.code.startsWith("token_name_") ? `${error.message} ${error.hint}`.trim() : undefined;
  return (
    <form noValidate aria-label={words.make} className="mt-4" onSubmit={(event) => void make(event)}>
      <TextField
        label={words.name}
        hint={words.nameHint}
        error={nameBad}
        value={name}
        onChange={(event) => {
          setName(event.target.value);
          setError(undefined);
        }}
      />
      {error && nameBad === undefined && <ErrorNote error={error} />}
      <Button type="submit" className="mt-2" data-testid="make-token" aria-disabled={name.trim() === "" || busy}>
        {words.make}
      </Button>
    </form>
  );
}

function Shown({ name, token, onDone }: { name: string; token: string; onDone: () => void }) {
  const act = useDo();
  const toast = useToast();
  const copy = () =>
    act(async (host) => {
      await host.copyText(token);
      toast({ text: words.tokenCopied });
    });
  return (
    <div role="group" aria-label={words.madeFor(name)} className="mt-4 rounded-control bg-well p-3">
      <p className="font-medium">{words.madeFor(name)}</p>
      <p className="mt-0.5 text-ink-2">{words.once}</p>
      <p data-testid="made-token" className="mt-2 font-mono text-small wrap-anywhere select-all">
        {token}
      </p>
      <div className="mt-2 flex flex-wrap gap-2">
        <Button ref={focused} onClick={() => void copy()}>
          {words.copy}
        </Button>
        <Button look="quiet" onClick={onDone}>
          {words.done}
        </Button>
      </div>
    </div>
  );
}
