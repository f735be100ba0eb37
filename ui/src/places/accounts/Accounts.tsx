import { useState } from "react";
import { useAsked } from "../../ask.ts";
import { EndedLogins } from "../../components/EndedLogins.tsx";
import { ErrorNote } from "../../components/ErrorNote.tsx";
import { KeepSecrets, SecretsNotice } from "../../components/KeepSecrets.tsx";
import { StartAgain } from "../../components/StartAgain.tsx";
import type { AccountsView, ProviderAccounts } from "../../host/generated.ts";
import { strings } from "../../strings.ts";
import type { Aim, Go } from "../go.ts";
import { Provider } from "./Provider.tsx";

const words = strings.accounts;

type AccountsAim = Extract<Aim, { place: "accounts" }>;

interface AccountsProps {
  aim: AccountsAim | undefined;
  go: Go;
}

/** Keys and logins, by provider: those in use first, the others folded away. */
export function Accounts({ aim, go }: AccountsProps) {
  const { data, error } = useAsked("accounts", {});
  const [asked, setAsked] = useState<AccountsAim["login"]>();
  if (aim?.login && aim.login !== asked) setAsked(aim.login);
  return (
    <div className="mx-auto max-w-190">
      <h1 className="text-title font-semibold tracking-tight">{strings.frame.accounts}</h1>
      <p className="mt-0.5 mb-4 text-ink-2">{words.lead}</p>
      {error && (
        <>
          <ErrorNote error={error} />
          <StartAgain error={error} />
        </>
      )}
      {data ? <Whole view={data} asked={asked} go={go} /> : !error && <p className="text-ink-3">{words.asked}</p>}
    </div>
  );
}

const isInUse = ({ provider, profiles, keys, login }: ProviderAccounts) =>
  profiles.length > 0 ||
  keys.length > 0 ||
  // Accounts of another provider are shown there.
  (login !== null && login.accountsOf === provider && login.accounts.length > 0) ||
  (login?.waiting.length ?? 0) > 0;

interface WholeProps {
  view: AccountsView;
  /** The login that the user was sent here to make: a new object each time. */
  asked: AccountsAim["login"];
  go: Go;
}

function Whole({ view: { secrets, providers }, asked, go }: WholeProps) {
  const [opened, setOpened] = useState(false);
  const [followed, setFollowed] = useState<typeof asked>();
  const used = providers.filter(isInUse);
  const others = providers.filter((provider) => !isInUse(provider));
  if (asked !== followed) {
    setFollowed(asked);
    if (others.some(({ provider }) => provider === asked?.provider)) setOpened(true);
  }
  const kept = secrets.kind in words.kept ? words.kept[secrets.kind as keyof typeof words.kept] : "";
  const isOpen = opened || used.length === 0;
  return (
    <>
      {secrets.notice && <SecretsNotice notice={secrets.notice} />}
      <EndedLogins go={go} />
      <ul className="flex flex-col gap-4">
        {used.map((provider) => (
          <li key={provider.provider}>
            <Provider of={provider} asked={asked} go={go} />
          </li>
        ))}
      </ul>
      {others.length > 0 && (
        <details
          className="mt-5"
          open={isOpen}
          onToggle={(event) => {
            setOpened(event.currentTarget.open);
          }}
        >
          <summary className="cursor-pointer font-medium text-ink-2">{words.others(others.length)}</summary>
          {isOpen && (
            <ul className="mt-3 flex flex-col gap-4">
              {others.map((provider) => (
                <li key={provider.provider}>
                  <Provider of={provider} asked={asked} go={go} />
                </li>
              ))}
            </ul>
          )}
        </details>
      )}
      <p className="mt-5 text-small text-ink-3">{kept}</p>
      {secrets.canMove && !secrets.notice && <KeepSecrets places={["file", "keyring"]} />}
    </>
  );
}
