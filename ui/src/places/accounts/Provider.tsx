import { Button } from "../../components/Button.tsx";
import { ProviderMark } from "../../components/ProviderMark.tsx";
import { useDo } from "../../ask.ts";
import type { ProviderAccounts } from "../../host/generated.ts";
import { strings } from "../../strings.ts";
import type { Go } from "../go.ts";
import { Keys } from "./Keys.tsx";
import { Logins } from "./Logins.tsx";
import { LoginSettings } from "./LoginSettings.tsx";

const words = strings.accounts;

interface ProviderProps {
  of: ProviderAccounts;
  /** The login that the user was sent here to make, at whichever provider. */
  asked: { provider: string; account: string } | undefined;
  go: Go;
}

/** One provider: its keys, its accounts, and what there is to do with them. */
export function Provider({ of, asked, go }: ProviderProps) {
  const act = useDo();
  const { keyUrl } = of;
  return (
    <section
      aria-label={of.title}
      data-testid={`accounts-${of.provider}`}
      className="min-w-0 rounded-panel border border-line bg-panel p-5 shadow-panel"
    >
      <header className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <ProviderMark provider={of.provider} />
        <h2 className="text-strong font-semibold tracking-tight">{of.title}</h2>
        <span className="min-w-0 flex-1 text-small wrap-anywhere text-ink-3">
          {of.profiles.length > 0 ? words.profiles(of.profiles.join(", ")) : words.unused}
        </span>
        {keyUrl !== null && of.takesKey && (
          <Button look="quiet" onClick={() => void act((host) => host.openAddress(keyUrl))}>
            {words.key.get}
          </Button>
        )}
      </header>
      {of.takesKey && <Keys of={of} go={go} />}
      {of.login && <Logins of={of} login={of.login} asked={asked?.provider === of.provider ? asked : undefined} />}
      {of.login && !of.login.givesKey && <LoginSettings provider={of.provider} settings={of.login.settings} />}
    </section>
  );
}
