import { TriangleAlert } from "lucide-react";
import { useAsked } from "../ask.ts";
import type { AccountView, AccountsView, LoginView, ProviderAccounts } from "../host/generated.ts";
import type { Go } from "../places/go.ts";
import { strings } from "../strings.ts";
import { Button } from "./Button.tsx";

const words = strings.accounts.ended;

/** Whether a login has ended and profiles wait for it: then the banner says what to do. */
export const isMissed = ({ state, usedBy }: AccountView) => state === "ended" && usedBy.length > 0;

/**
 * The missed logins that nobody is making again right now. Where providers share their accounts each is there once, at the
 * provider whose profiles wait for it.
 */
function missed({ providers }: AccountsView): { of: ProviderAccounts; account: AccountView }[] {
  const under = providers.flatMap(({ login }) => (login?.waiting ?? []).map((wait) => nameOf(login, wait.account)));
  const seen = new Set(under);
  return providers.flatMap((of) =>
    (of.login?.accounts ?? []).filter(isMissed).flatMap((account) => {
      const name = nameOf(of.login, account.account);
      if (seen.has(name) || !account.usedBy.some((profile) => of.profiles.includes(profile))) return [];
      seen.add(name);
      return [{ of, account }];
    }),
  );
}

const nameOf = (login: LoginView | null, account: string) => `${login?.accountsOf ?? ""}/${account}`;

/** Logins that have ended and that profiles wait for, each with the one thing to do about it. */
export function EndedLogins({ go }: { go: Go }) {
  const { data } = useAsked("accounts", {});
  return (data ? missed(data) : []).map(({ of, account: { account, usedBy } }) => (
    <div
      key={`${of.provider}/${account}`}
      role="note"
      data-testid="login-ended"
      className="mb-4 flex flex-wrap items-center gap-x-4 gap-y-2 rounded-panel border border-line bg-waiting-well px-3.5 py-2.5"
    >
      <p className="flex min-w-0 flex-1 basis-80 items-start gap-2.5 wrap-anywhere">
        <TriangleAlert className="mt-0.5 size-4 shrink-0 text-waiting" aria-hidden="true" />
        <span>
          <span className="font-medium">{words.told(of.title, account)}</span> {words.waits(usedBy.join(", "))}
        </span>
      </p>
      <Button
        look="main"
        onClick={() => {
          go({ place: "accounts", login: { provider: of.provider, account } });
        }}
      >
        {strings.accounts.login.again}
      </Button>
    </div>
  ));
}
