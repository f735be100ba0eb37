import { useAsked } from "../../ask.ts";
import { Button } from "../../components/Button.tsx";
import { strings } from "../../strings.ts";
import type { Go } from "../go.ts";

/** The other way to a credential, where the profile's provider has a login. */
export function LogIn({ provider, go }: { provider: string; go: Go }) {
  const { data } = useAsked("accounts", {});
  const login = data?.providers.find((each) => each.provider === provider)?.login;
  if (!login || login.methods.length === 0) return null;
  const account = login.accounts.find(({ state }) => state === "ended")?.account ?? "default";
  return (
    <Button
      data-testid="log-in-instead"
      onClick={() => {
        go({ place: "accounts", login: { provider, account } });
      }}
    >
      {strings.accounts.login.in}
    </Button>
  );
}
