import { useState, type SubmitEvent } from "react";
import { useKeep } from "../../ask.ts";
import { Button } from "../../components/Button.tsx";
import { ErrorNote } from "../../components/ErrorNote.tsx";
import { TextField } from "../../components/Field.tsx";
import { useToast } from "../../components/Toasts.tsx";
import type { NetworkView } from "../../host/generated.ts";
import { HostError, useHost, type Host } from "../../host/host.ts";
import { strings } from "../../strings.ts";

const words = strings.settings.network;

/** The logins that proxies want. A password goes in and never comes out again. */
export function ProxyLogins({ network }: { network: NetworkView }) {
  const host = useHost();
  const keep = useKeep();
  const toast = useToast();
  const inUse = network.https?.address ?? network.http?.address ?? "";
  const [proxy, setProxy] = useState<string>();
  const [user, setUser] = useState("");
  const [password, setPassword] = useState("");
  const [asked, setAsked] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<HostError>();
  const address = proxy ?? inUse;
  const isWhole = address.trim() !== "" && user.trim() !== "" && password !== "";

  const run = async (act: (host: Host) => Promise<NetworkView>, said: string) => {
    setBusy(true);
    try {
      keep("network", {}, await act(host));
      setProxy(undefined);
      setUser("");
      setAsked(undefined);
      setError(undefined);
      toast({ text: said });
    } catch (cause) {
      if (!(cause instanceof HostError)) throw cause;
      setError(cause);
    } finally {
      setPassword("");
      setBusy(false);
    }
  };
  const save = (event: SubmitEvent) => {
    event.preventDefault();
    if (!isWhole || busy) return;
    const login = { proxy: address.trim(), user: user.trim(), password };
    void run((to) => to.perform("set_proxy_login", login), words.kept(login.proxy));
  };
  const forget = (of: string) => run((to) => to.perform("delete_proxy_login", { proxy: of }), words.forgotten(of));
  const addressBad = error?.code === "proxy_bad" ? `${error.message} ${error.hint}`.trim() : undefined;

  return (
    <>
      {network.logins.length === 0 ? (
        <p className="text-ink-3">{words.noLogins}</p>
      ) : (
        <ul className="border-t border-line">
          {network.logins.map((each) => (
            <li key={each} className="flex flex-wrap items-center gap-x-2 border-b border-line py-1">
              <span className="min-w-0 flex-1 basis-40 font-mono text-small wrap-anywhere">{each}</span>
              {asked === each ? (
                <>
                  <Button look="danger" aria-disabled={busy} onClick={() => void forget(each)}>
                    {words.forgetNow}
                  </Button>
                  <Button
                    look="quiet"
                    onClick={() => {
                      setAsked(undefined);
                    }}
                  >
                    {words.dontForget}
                  </Button>
                </>
              ) : (
                <Button
                  look="danger"
                  aria-label={words.forgetNamed(each)}
                  onClick={() => {
                    setAsked(each);
                  }}
                >
                  {words.forget}
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      <form noValidate aria-label={words.login} onSubmit={save} className="mt-4 flex flex-col gap-3">
        <TextField
          mono
          label={words.loginProxy}
          error={addressBad}
          value={address}
          onChange={(event) => {
            setProxy(event.target.value);
          }}
        />
        <div className="flex flex-wrap gap-x-3 gap-y-2">
          <TextField
            label={words.user}
            value={user}
            onChange={(event) => {
              setUser(event.target.value);
            }}
            fieldClassName="min-w-0 flex-1 basis-40"
          />
          <TextField
            type="password"
            label={words.password}
            hint={words.passwordHint}
            value={password}
            onChange={(event) => {
              setPassword(event.target.value);
            }}
            fieldClassName="min-w-0 flex-1 basis-40"
          />
        </div>
        {error && addressBad === undefined && <ErrorNote error={error} />}
        <div>
          <Button type="submit" data-testid="keep-login" aria-disabled={!isWhole || busy}>
            {words.keep}
          </Button>
        </div>
      </form>
    </>
  );
}
