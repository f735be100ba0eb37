import { ExchangeTable } from "../../components/exchanges/ExchangeTable.tsx";
import { useLive } from "../../feed.tsx";
import { strings } from "../../strings.ts";

const words = strings.feed;

/** How many are shown here: a table that is drawn anew several times a second is not to be longer than a look at it. */
const SHOWN = 25;

/** The requests as they come, newest first. */
export function Requests() {
  const { exchanges } = useLive();
  return (
    <section aria-labelledby="requests-title" className="mt-5">
      <h2 id="requests-title" className="mb-1 flex gap-2.5 text-small font-semibold text-ink-2">
        {words.title} <span className="font-normal text-ink-3">{words.live}</span>
      </h2>
      {exchanges.length === 0 ? (
        <p className="border-t border-line py-3 text-ink-3">{words.empty}</p>
      ) : (
        <ExchangeTable exchanges={exchanges.slice(0, SHOWN)} rowId="exchange" />
      )}
    </section>
  );
}
