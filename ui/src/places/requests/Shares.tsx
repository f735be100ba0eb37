import { count, percent } from "../../figures.ts";
import type { SharesView, ShareView } from "../../host/generated.ts";
import { strings } from "../../strings.ts";

const words = strings.requests.statistics;

/** How the load of each balancer was shared, beside how it was meant to be. */
export function Shares({ shares }: { shares: readonly SharesView[] }) {
  // A profile alone has nobody to share with.
  const shared = shares.filter((each) => each.members.length > 1);
  if (shared.length === 0) return null;
  return (
    <>
      <h2 className="mt-6 text-strong font-semibold tracking-tight">{words.shares}</h2>
      <p className="text-ink-2">{words.sharesWhy}</p>
      <div className="mt-1 grid items-start gap-x-6 wide:grid-cols-2">
        {shared.map((each) => (
          <Route key={each.route} shares={each} />
        ))}
      </div>
    </>
  );
}

const figure = "text-right font-mono text-small whitespace-nowrap tabular-nums";

interface Column {
  head: string;
  share: (member: ShareView) => number;
  count: (member: ShareView) => number;
}

const ofRequests: Column = { head: words.ofRequests, share: (m) => m.requestShare, count: (m) => m.requests };
const ofPlaced: Column = { head: words.ofPlaced, share: (m) => m.placedShare, count: (m) => m.placed };
const ofConversations: Column = {
  head: words.ofConversations,
  share: (m) => m.conversationShare,
  count: (m) => m.conversations,
};

function Route({ shares }: { shares: SharesView }) {
  const { sticky, policy, members } = shares;
  // What the meant share is of comes first, and is what is drawn.
  const columns = sticky ? [ofConversations, ofPlaced, ofRequests] : [ofRequests];
  const meant = members.some((member) => member.intended !== null);
  return (
    <div className="mt-3 min-w-0" data-testid={`shares-${shares.route}`}>
      <h3 className="flex flex-wrap items-baseline gap-x-2">
        <span className="font-medium wrap-anywhere">{shares.route}</span>
        {policy !== null && policy in strings.policy && (
          <span className="text-small text-ink-3">{strings.policy[policy as keyof typeof strings.policy]}</span>
        )}
      </h3>
      <p className="text-small text-ink-3">
        {policy === null ? words.gone : sticky ? words.stickyWhy : meant ? "" : words.underFailover}
      </p>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard */}
      <div role="region" aria-label={words.sharesOf(shares.route)} tabIndex={0} className="mt-1 overflow-x-auto">
        <table className="w-full border-collapse">
          <thead>
            <tr className="border-b border-line text-small text-ink-3 *:h-7 *:pr-3 *:text-right *:font-medium">
              <th scope="col" className="text-left!">
                {words.sharedMember}
              </th>
              {meant && <th scope="col">{sticky ? words.meantConversations : words.meant}</th>}
              {columns.map(({ head }) => (
                <th key={head} scope="col">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {members.map((member) => (
              <tr key={member.member} className="border-b border-line *:py-1.5 *:pr-3">
                <th scope="row" className="min-w-36 text-left font-normal wrap-anywhere">
                  {member.member}
                  <Bar actual={columns[0]?.share(member) ?? 0} meant={member.intended} />
                </th>
                {meant && (
                  <td className={figure}>{member.intended === null ? words.unmeant : shareSaid(member.intended)}</td>
                )}
                {columns.map((column) => (
                  <td key={column.head} className={figure}>
                    {words.counted(shareSaid(column.share(member)), count(column.count(member)))}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

const shareSaid = (share: number) => percent(Math.round(share * 10) / 10);

/** The share that was, with a mark at the one that is meant. The figures beside it say the same. */
function Bar({ actual, meant }: { actual: number; meant: number | null }) {
  return (
    <svg viewBox="0 0 100 6" preserveAspectRatio="none" className="mt-1 h-1.5 w-full" aria-hidden="true">
      <rect y="1" width="100" height="4" className="fill-well" />
      <rect y="1" width={actual} height="4" className="fill-accent" />
      {meant !== null && <rect x={Math.min(99, meant)} width="1" height="6" className="fill-ink" />}
    </svg>
  );
}
