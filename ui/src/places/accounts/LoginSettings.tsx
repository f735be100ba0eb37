import { useState, type SubmitEvent } from "react";
import { useKeep } from "../../ask.ts";
import { Button } from "../../components/Button.tsx";
import { ErrorNote } from "../../components/ErrorNote.tsx";
import { Field, TextField, fieldClass } from "../../components/Field.tsx";
import { useToast } from "../../components/Toasts.tsx";
import type { LoginSettingsView } from "../../host/generated.ts";
import { HostError, useHost } from "../../host/host.ts";
import { strings } from "../../strings.ts";

const words = strings.accounts.settings;

type Own = Record<string, unknown> & { client_id?: unknown; project?: unknown };

/** What the user has set, apart from the two fields that have a place of their own. */
function parted(own: string | null): { client: string; project: string; rest: string } {
  const all = own === null ? {} : (JSON.parse(own) as Own);
  const { client_id, project, ...rest } = all;
  return {
    client: typeof client_id === "string" ? client_id : "",
    project: typeof project === "string" ? project : "",
    rest: Object.keys(rest).length > 0 ? JSON.stringify(rest, null, 2) : "",
  };
}

function read(text: string): Own | undefined {
  if (text.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Own) : undefined;
  } catch {
    return undefined;
  }
}

/** What a provider's login is made of: the user's own client, and everything else as JSON. */
export function LoginSettings({ provider, settings }: { provider: string; settings: LoginSettingsView }) {
  const host = useHost();
  const keep = useKeep();
  const toast = useToast();
  const [draft, setDraft] = useState(() => parted(settings.own));
  const [secret, setSecret] = useState("");
  const [error, setError] = useState<HostError>();
  const [bad, setBad] = useState(false);
  const set = (part: Partial<typeof draft>) => {
    setDraft((before) => ({ ...before, ...part }));
  };

  const save = async (event: SubmitEvent) => {
    event.preventDefault();
    const rest = read(draft.rest);
    setBad(rest === undefined);
    if (rest === undefined) return;
    const own: Own = { ...rest };
    if (draft.client.trim() !== "") own.client_id = draft.client.trim();
    if (draft.project.trim() !== "") own.project = draft.project.trim();
    const text = Object.keys(own).length > 0 ? JSON.stringify(own) : "";
    const clientSecret = secret === "" ? {} : { clientSecret: secret };
    setSecret("");
    try {
      keep("accounts", {}, await host.perform("set_login_settings", { provider, own: text, ...clientSecret }));
      setError(undefined);
      toast({ text: words.saved });
    } catch (cause) {
      if (!(cause instanceof HostError)) throw cause;
      setError(cause);
    }
  };

  return (
    <details className="mt-3 text-small">
      <summary className="cursor-pointer text-ink-2">{words.title}</summary>
      {settings.problem && <ErrorNote error={settings.problem} />}
      <form
        noValidate
        aria-label={words.title}
        onSubmit={(event) => void save(event)}
        className="mt-3 flex flex-col gap-3"
      >
        <div className="flex flex-wrap gap-x-3 gap-y-2">
          <TextField
            mono
            label={words.client}
            hint={words.clientHint}
            placeholder={settings.clientId ?? ""}
            value={draft.client}
            onChange={(event) => {
              set({ client: event.target.value });
            }}
            fieldClassName="min-w-0 flex-1 basis-60"
          />
          <TextField
            type="password"
            label={words.secret}
            hint={settings.clientSecret ? words.secretKept : words.secretHint}
            value={secret}
            onChange={(event) => {
              setSecret(event.target.value);
            }}
            fieldClassName="min-w-0 flex-1 basis-60"
          />
        </div>
        {settings.wantsProject && (
          <TextField
            mono
            label={words.project}
            hint={words.projectHint}
            value={draft.project}
            onChange={(event) => {
              set({ project: event.target.value });
            }}
          />
        )}
        <div className="flex flex-wrap gap-x-3 gap-y-2">
          <Field
            label={words.own}
            hint={words.ownHint}
            error={bad ? words.bad : undefined}
            className="min-w-0 flex-1 basis-60"
          >
            {(ids) => (
              <textarea
                {...ids}
                rows={8}
                spellCheck={false}
                value={draft.rest}
                onChange={(event) => {
                  set({ rest: event.target.value });
                }}
                className={`${fieldClass} font-mono`}
              />
            )}
          </Field>
          <Field label={words.catalogue} className="min-w-0 flex-1 basis-60">
            {(ids) => (
              <textarea
                {...ids}
                rows={8}
                readOnly
                value={settings.flow}
                className={`${fieldClass} font-mono text-ink-2`}
              />
            )}
          </Field>
        </div>
        {error && <ErrorNote error={error} />}
        <div>
          <Button type="submit">{words.save}</Button>
        </div>
      </form>
    </details>
  );
}
