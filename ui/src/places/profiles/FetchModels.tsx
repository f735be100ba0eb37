import { RefreshCw } from "lucide-react";
import { useState } from "react";
import { useAsked, useKeep } from "../../ask.ts";
import { Button } from "../../components/Button.tsx";
import { ErrorNote } from "../../components/ErrorNote.tsx";
import { count, dayAndTime } from "../../figures.ts";
import type { ProviderView } from "../../host/generated.ts";
import { HostError, useHost } from "../../host/host.ts";
import { strings } from "../../strings.ts";

const words = strings.profiles.ofProvider;

interface FetchModelsProps {
  provider: ProviderView;
  /** The profile in the form; asked before others if it can be. */
  profile: string;
}

/** Asks a provider for its own list of models, by a saved profile of it that can call; says so where there is none. */
export function FetchModels({ provider, profile }: FetchModelsProps) {
  const host = useHost();
  const keep = useKeep();
  const { data } = useAsked("profiles", {});
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<HostError>();
  const { title, fetched, fetchedAt, fetchedFrom } = provider;
  const able = (data?.profiles ?? []).filter(
    (row) => row.provider === provider.name && row.credential.usable && !row.practice,
  );
  const asks = able.find(({ name }) => name === profile) ?? able[0];
  const run = async (name: string) => {
    if (busy) return;
    setBusy(true);
    setError(undefined);
    try {
      await host.perform("fetch_models", { name });
      keep("catalogue", {}, await host.perform("catalogue", {}));
    } catch (cause) {
      if (!(cause instanceof HostError)) throw cause;
      setError(cause);
    } finally {
      setBusy(false);
    }
  };
  const when = fetchedAt === null ? "" : dayAndTime(fetchedAt);
  return (
    <div className="text-small text-ink-3">
      {asks ? (
        <Button
          look="quiet"
          className="-ml-2"
          data-testid="fetch-models"
          aria-disabled={busy}
          onClick={() => void run(asks.name)}
        >
          <RefreshCw className="size-3.5" aria-hidden="true" />
          {busy ? words.fetching : words.fetch}
        </Button>
      ) : (
        <p>{words.fetchNeeds(title)}</p>
      )}
      <p role="status" className="wrap-anywhere">
        {fetchedFrom !== null &&
          (fetched.length === 1
            ? words.fetchedOne(fetchedFrom, when)
            : words.fetched(count(fetched.length), fetchedFrom, when))}
      </p>
      {error && <ErrorNote error={error} />}
    </div>
  );
}
