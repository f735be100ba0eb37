import { KeyRound } from "lucide-react";
import { useEffect, useRef, useState, type ReactNode, type SubmitEvent } from "react";
import { useReadAgain } from "../../ask.ts";
import { Button } from "../../components/Button.tsx";
import { ErrorNote } from "../../components/ErrorNote.tsx";
import { TextField } from "../../components/Field.tsx";
import { useToast } from "../../components/Toasts.tsx";
import type { CredentialView } from "../../host/generated.ts";
import { HostError, useHost, type Host } from "../../host/host.ts";
import { strings } from "../../strings.ts";
import { credentialWord } from "./ProfileList.tsx";

const words = strings.profiles.key;

interface KeyProps {
  profile: string;
  credential: CredentialView;
  /** Which text of the file is shown. */
  fingerprint: string;
  /** The user was sent here to type a key: a new object each time. */
  sent: object | undefined;
  /** Another way to a credential. */
  children?: ReactNode;
}

/** The profile's credential. A key goes in and never comes out again: only its last four characters are shown. */
export function Key({ profile, credential, fingerprint, sent, children }: KeyProps) {
  const host = useHost();
  const toast = useToast();
  const readAgain = useReadAgain();
  const [key, setKey] = useState("");
  // A new key for one that there is; where there is none, the field is open.
  const [typing, setTyping] = useState(false);
  const [asked, setAsked] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<HostError>();

  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (sent) input.current?.focus();
  }, [sent]);

  const run = async (act: (host: Host) => Promise<unknown>, said: string) => {
    setBusy(true);
    try {
      await act(host);
      setKey("");
      setAsked(false);
      setTyping(false);
      setError(undefined);
      toast({ text: said });
      await readAgain();
    } catch (cause) {
      if (!(cause instanceof HostError)) throw cause;
      setError(cause);
    } finally {
      setBusy(false);
    }
  };
  const save = (event: SubmitEvent) => {
    event.preventDefault();
    if (key.trim() === "") return;
    void run((to) => to.perform("set_key", { profile, key: key.trim() }), words.kept(profile));
  };

  const forget = () => run((to) => to.perform("delete_key", { name: profile }), words.forgotten(profile));
  const { ownKey } = credential;

  return (
    <div className="border-y border-line px-5 py-3">
      <div className="flex flex-wrap items-center gap-x-1 gap-y-1">
        <KeyRound className="mr-1.5 size-4 shrink-0 text-ink-3" aria-hidden="true" />
        <p
          data-testid="credential"
          className={`min-w-0 flex-1 basis-50 wrap-anywhere ${credential.usable ? "text-ink-2" : "text-waiting"}`}
        >
          {credentialWord(credential)}
        </p>
        {credential.problem === "credential_origin_unconfirmed" && !asked && (
          <Button
            data-testid="confirm-origin"
            disabled={busy}
            onClick={() =>
              void run(
                (to) => to.perform("confirm_origin", { name: profile, fingerprint }),
                words.originConfirmed(profile),
              )
            }
          >
            {words.confirmOrigin}
          </Button>
        )}
        {children}
        {ownKey && !typing && !asked && (
          <>
            <Button
              look="quiet"
              data-testid="key-replace"
              onClick={() => {
                setTyping(true);
              }}
            >
              {words.replace}
            </Button>
            <Button
              look="danger"
              data-testid="key-forget"
              onClick={() => {
                setAsked(true);
              }}
            >
              {words.forget}
            </Button>
          </>
        )}
        {asked && (
          <>
            <Button look="danger" data-testid="key-forget-now" disabled={busy} onClick={() => void forget()}>
              {words.forgetNow}
            </Button>
            <Button
              look="quiet"
              onClick={() => {
                setAsked(false);
              }}
            >
              {words.keep}
            </Button>
          </>
        )}
      </div>
      {(!ownKey || typing) && (
        <form noValidate aria-label={words.title} onSubmit={save} className="mt-2 flex flex-wrap items-end gap-x-2">
          <TextField
            mono
            type="password"
            ref={input}
            data-testid="key-input"
            label={ownKey ? words.replaceLabel : words.setLabel}
            hint={words.hint}
            value={key}
            onChange={(event) => {
              setKey(event.target.value);
            }}
            fieldClassName="min-w-0 flex-1 basis-60"
          />
          <Button type="submit" data-testid="key-save" disabled={key.trim() === "" || busy} className="mb-5.5">
            {ownKey ? words.replace : words.set}
          </Button>
          {typing && (
            <Button
              look="quiet"
              className="mb-5.5"
              onClick={() => {
                setTyping(false);
                setKey("");
              }}
            >
              {strings.failover.cancel}
            </Button>
          )}
        </form>
      )}
      {error && <ErrorNote error={error} />}
    </div>
  );
}
