import { useState, type SubmitEvent } from "react";
import { useDo, useKeep } from "../../ask.ts";
import { Button, focused } from "../../components/Button.tsx";
import { TextField } from "../../components/Field.tsx";
import { isMissed } from "../../components/EndedLogins.tsx";
import { ErrorText } from "../../components/ErrorNote.tsx";
import { StateShape } from "../../components/StateMark.tsx";
import { useToast } from "../../components/Toasts.tsx";
import type { AccountState, AccountView, AccountsView, LoginView, ProviderAccounts } from "../../host/generated.ts";
import type { Host } from "../../host/host.ts";
import { dateLocale } from "../../locale.ts";
import { strings } from "../../strings.ts";
import { Course } from "./Course.tsx";

const words = strings.accounts.login;
/** The account that a first login is kept as. */
const DEFAULT = "default";

/** A moment of today by its time alone. */
const when = (at: number) => {
  const isToday = new Date(at).toDateString() === new Date().toDateString();
  const day = isToday ? {} : ({ dateStyle: "medium" } as const);
  return new Intl.DateTimeFormat(dateLocale, { ...day, timeStyle: "short" }).format(at);
};

interface LoginsProps {
  of: ProviderAccounts;
  login: LoginView;
  /** The login that the user was sent here to make: a new object each time. */
  asked: { account: string } | undefined;
}

/** A provider's login: who is logged in, and the ways in and out. */
export function Logins({ of, login, asked }: LoginsProps) {
  const change = useChange();
  const [begun, setBegun] = useState<string>();
  const [followed, setFollowed] = useState<typeof asked>();
  if (asked !== followed) {
    setFollowed(asked);
    if (asked && !login.needsClient) setBegun(asked.account);
  }
  const [naming, setNaming] = useState(false);
  const [name, setName] = useState("");
  const under = login.waiting[0];
  const account = begun ?? under?.account;
  const none = login.accounts.length === 0;

  const begin = (event: SubmitEvent) => {
    event.preventDefault();
    if (name.trim() === "") return;
    setBegun(name.trim());
    setNaming(false);
    setName("");
  };

  return (
    <div className="mt-3">
      {login.notice !== null && !(login.mustAccept && account !== undefined) && (
        <p className="mb-2 text-small text-ink-2">{login.notice}</p>
      )}
      <ul className={none ? "" : "border-t border-line"}>
        {login.accounts.map((each) => (
          <Account key={each.account} of={of} each={each} login={login} again={setBegun} />
        ))}
      </ul>
      {!login.enabled && !none && <p className="mt-2 text-small text-waiting">{words.off}</p>}
      {account !== undefined ? (
        <Course
          key={account}
          of={of}
          login={login}
          account={account}
          under={begun === undefined ? under : undefined}
          onOver={() => {
            setBegun(undefined);
          }}
        />
      ) : login.needsClient ? (
        <p className="mt-2 text-small text-ink-2">{words.needsClient}</p>
      ) : naming ? (
        <form noValidate aria-label={words.another} onSubmit={begin} className="mt-3 max-w-90">
          <TextField
            label={words.name}
            hint={words.nameHint}
            value={name}
            ref={focused}
            onChange={(event) => {
              setName(event.target.value);
            }}
          />
          <div className="mt-2 flex gap-2">
            <Button type="submit" look="main" aria-disabled={name.trim() === ""}>
              {words.begin}
            </Button>
            <Button
              look="quiet"
              onClick={() => {
                setNaming(false);
              }}
            >
              {words.dont}
            </Button>
          </div>
        </form>
      ) : (
        <div className="mt-2 flex flex-wrap items-center gap-2">
          <Button
            look={none && !login.givesKey ? "main" : "plain"}
            data-testid={`log-in-${of.provider}`}
            onClick={() => {
              if (none) setBegun(DEFAULT);
              else setNaming(true);
            }}
          >
            {login.givesKey ? words.forKey : none ? words.in : words.another}
          </Button>
          {!none && (
            <label className="flex items-center gap-2 text-ink-2">
              <input
                type="checkbox"
                checked={login.enabled}
                onChange={() =>
                  void change((host) =>
                    host.perform("enable_login", { provider: of.provider, enabled: !login.enabled }),
                  )
                }
              />
              {words.use}
            </label>
          )}
        </div>
      )}
    </div>
  );
}

/** Does something that answers with all accounts, keeps them, and says what was done. */
function useChange() {
  const act = useDo();
  const keep = useKeep();
  const toast = useToast();
  return async (change: (host: Host) => Promise<AccountsView>, said?: string) => {
    const view = await act(change);
    if (!view) return;
    keep("accounts", {}, view);
    if (said !== undefined) toast({ text: said });
  };
}

const looks: Record<AccountState, { shape: "serving" | "probing" | "needs-credential"; ink: string }> = {
  ready: { shape: "serving", ink: "text-ok" },
  stale: { shape: "probing", ink: "text-probing" },
  ended: { shape: "needs-credential", ink: "text-waiting" },
};

interface AccountProps {
  of: ProviderAccounts;
  each: AccountView;
  login: LoginView;
  again: (account: string) => void;
}

function Account({ of, each, login, again }: AccountProps) {
  const change = useChange();
  const [asked, setAsked] = useState(false);
  const { shape, ink } = looks[each.state];
  const named = { provider: of.provider, account: each.account };
  const ended = each.state === "ended";
  const facts = [
    each.who === null ? undefined : words.who(each.who),
    each.refreshedAt === null ? words.since(when(each.loggedInAt)) : words.refreshed(when(each.refreshedAt)),
    ended ? undefined : each.expiresAt === null ? words.endless : words.ends(when(each.expiresAt)),
  ].filter((fact) => fact !== undefined);
  return (
    <li className="border-b border-line py-2" data-testid={`account-${of.provider}-${each.account}`}>
      <div className="flex flex-wrap items-center gap-x-2">
        <svg
          viewBox="0 0 16 16"
          className={`size-4 shrink-0 fill-none stroke-current ${ink}`}
          strokeLinecap="round"
          strokeLinejoin="round"
          aria-hidden="true"
        >
          <StateShape state={shape} />
        </svg>
        <span className="font-medium wrap-anywhere">{each.account}</span>
        <span className={ink}>{words.states[each.state]}</span>
        <span className="ml-auto flex flex-wrap gap-1">
          {asked ? (
            <>
              <Button
                look="danger"
                ref={focused}
                onClick={() => void change((host) => host.perform("log_out", named), words.outDone(each.account))}
              >
                {words.outNow}
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
            <>
              {ended && !isMissed(each) && !login.needsClient && (
                <Button
                  onClick={() => {
                    again(each.account);
                  }}
                >
                  {words.again}
                </Button>
              )}
              {!ended && each.refreshable && (
                <Button
                  look="quiet"
                  aria-label={words.refreshNamed(each.account)}
                  onClick={() =>
                    void change((host) => host.perform("refresh_login", named), words.refreshedNow(each.account))
                  }
                >
                  {words.refresh}
                </Button>
              )}
              <Button
                look="danger"
                aria-label={words.outNamed(each.account)}
                onClick={() => {
                  setAsked(true);
                }}
              >
                {words.out}
              </Button>
            </>
          )}
        </span>
      </div>
      <p className="mt-0.5 ml-6 text-small wrap-anywhere text-ink-2">
        {facts.join(", ")}
        {each.usedBy.length > 0 && <>. {strings.accounts.profiles(each.usedBy.join(", "))}</>}
      </p>
      {each.trouble && (
        <p className="mt-0.5 ml-6 text-small">
          <ErrorText error={each.trouble} />
        </p>
      )}
      {each.unstored && <p className="mt-0.5 ml-6 text-small text-waiting">{words.unstored}</p>}
      {!ended && (
        <details className="mt-0.5 ml-6 text-small text-ink-3">
          <summary className="cursor-pointer">{words.scopes}</summary>
          <p className="font-mono wrap-anywhere">{each.scopes.length > 0 ? each.scopes.join(" ") : words.noScopes}</p>
        </details>
      )}
    </li>
  );
}
