import { KeyRound } from "lucide-react";
import { useState, type SubmitEvent } from "react";
import { useDo, useKeep } from "../../ask.ts";
import { Button, focused } from "../../components/Button.tsx";
import { TextField } from "../../components/Field.tsx";
import { useToast } from "../../components/Toasts.tsx";
import type { ProviderAccounts } from "../../host/generated.ts";
import { strings } from "../../strings.ts";
import type { Go } from "../go.ts";

const words = strings.accounts.key;

/** A provider's keys. A key goes in and never comes out again. */
export function Keys({ of, go }: { of: ProviderAccounts; go: Go }) {
  const act = useDo();
  const keep = useKeep();
  const toast = useToast();
  const [typing, setTyping] = useState(false);
  const [key, setKey] = useState("");
  const [asked, setAsked] = useState(false);
  const own = of.keys.find(({ profile }) => profile === null);

  const save = async (event: SubmitEvent) => {
    event.preventDefault();
    if (key.trim() === "") return;
    const view = await act((host) => host.perform("set_provider_key", { provider: of.provider, key: key.trim() }));
    setKey("");
    if (!view) return;
    keep("accounts", {}, view);
    setTyping(false);
    toast({ text: words.saved(of.title) });
  };
  const remove = async () => {
    const view = await act((host) => host.perform("delete_provider_key", { name: of.provider }));
    setAsked(false);
    if (!view) return;
    keep("accounts", {}, view);
    toast({ text: words.removed(of.title) });
  };

  return (
    <div className="mt-3">
      <ul className="border-t border-line">
        {of.keys.map(({ profile, lastFour }) => (
          <li key={profile ?? ""} className="flex flex-wrap items-center gap-x-2 border-b border-line py-1.5">
            <KeyRound className="size-4 shrink-0 text-ink-3" strokeWidth={1.6} aria-hidden="true" />
            <span className="min-w-0 flex-1 basis-40 wrap-anywhere">
              {profile === null ? words.provider : words.profile(profile)}{" "}
              <span className="text-ink-3">{lastFour === null ? words.hidden : words.ends(lastFour)}</span>
            </span>
            {profile !== null ? (
              <Button
                look="quiet"
                aria-label={words.edit(profile)}
                onClick={() => {
                  go({ place: "profiles", profile });
                }}
              >
                {words.replace}
              </Button>
            ) : asked ? (
              <>
                <Button look="danger" ref={focused} onClick={() => void remove()}>
                  {words.removeNow}
                </Button>
                <Button
                  look="quiet"
                  onClick={() => {
                    setAsked(false);
                  }}
                >
                  {words.dont}
                </Button>
              </>
            ) : (
              <Button
                look="danger"
                onClick={() => {
                  setAsked(true);
                }}
              >
                {words.remove}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {typing ? (
        <form noValidate aria-label={words.provider} onSubmit={(event) => void save(event)} className="mt-3">
          <TextField
            type="password"
            label={words.field}
            hint={words.fieldHint}
            value={key}
            ref={focused}
            onChange={(event) => {
              setKey(event.target.value);
            }}
          />
          <div className="mt-2 flex gap-2">
            <Button type="submit" look="main" aria-disabled={key.trim() === ""}>
              {words.save}
            </Button>
            <Button
              look="quiet"
              onClick={() => {
                setKey("");
                setTyping(false);
              }}
            >
              {words.dont}
            </Button>
          </div>
        </form>
      ) : (
        <Button
          look="quiet"
          className="mt-1.5 -ml-2"
          onClick={() => {
            setTyping(true);
          }}
        >
          {own ? words.replace : words.add}
        </Button>
      )}
    </div>
  );
}
