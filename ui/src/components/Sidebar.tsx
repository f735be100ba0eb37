import {
  Activity,
  Copy,
  History,
  KeyRound,
  ListOrdered,
  Plug,
  Settings,
  SquareUserRound,
  type LucideIcon,
} from "lucide-react";
import { useEffect, useState, type ReactNode } from "react";
import { useDo } from "../ask.ts";
import { useLive } from "../feed.tsx";
import { useHost } from "../host/host.ts";
import { places, type Aim, type Go } from "../places/go.ts";
import { HelpLink } from "../help/HelpLink.tsx";
import { strings } from "../strings.ts";
import { AppearanceSwitch } from "./AppearanceSwitch.tsx";
import { Mark } from "./Mark.tsx";
import { useToast } from "./Toasts.tsx";

const words = strings.frame;

/** The picture of each place. */
export const placeIcons: Record<Aim["place"], LucideIcon> = {
  live: Activity,
  profiles: SquareUserRound,
  failover: ListOrdered,
  accounts: KeyRound,
  requests: History,
  connect: Plug,
  settings: Settings,
};

interface SidebarProps {
  present: Aim["place"];
  go: Go;
  /** What stands between the name and the places. */
  children: ReactNode;
}

/** The quiet left edge of the window: its places, and at its foot the gateway. In a narrow window it lies at the top. */
export function Sidebar({ present, go, children }: SidebarProps) {
  return (
    <header className="flex w-53 shrink-0 flex-col border-r border-line px-3 pt-4.5 pb-4 max-[720px]:w-full max-[720px]:flex-row max-[720px]:flex-wrap max-[720px]:items-center max-[720px]:gap-x-4 max-[720px]:gap-y-2 max-[720px]:border-r-0 max-[720px]:border-b max-[720px]:py-2">
      <div className="flex items-center gap-2.5 px-2 text-strong font-semibold tracking-tight">
        <Mark />
        {strings.product}
      </div>
      {children}
      <nav aria-label={words.places} className="mt-3 max-[720px]:mt-0">
        <ul className="flex flex-col gap-0.5 max-[720px]:flex-row max-[720px]:flex-wrap">
          {places.map((place, at) => {
            const Icon = placeIcons[place];
            return (
              <li key={place}>
                <button
                  type="button"
                  data-testid={`nav-${place}`}
                  aria-current={present === place ? "page" : undefined}
                  aria-keyshortcuts={`Control+${String(at + 1)} Meta+${String(at + 1)}`}
                  onClick={() => {
                    go({ place });
                  }}
                  className="flex w-full items-center gap-2.5 rounded-control px-2.5 py-1.5 text-ink-2 hover:text-ink aria-[current=page]:bg-well aria-[current=page]:font-medium aria-[current=page]:text-ink"
                >
                  <Icon className="size-4 shrink-0" strokeWidth={1.6} aria-hidden="true" />
                  {words[place]}
                </button>
              </li>
            );
          })}
        </ul>
      </nav>
      <div className="mt-auto flex flex-col gap-3 border-t border-line px-2 pt-3.5 max-[720px]:mt-0 max-[720px]:ml-auto max-[720px]:flex-row max-[720px]:flex-wrap max-[720px]:items-center max-[720px]:border-t-0 max-[720px]:pt-0">
        <Gateway />
        <div className="flex flex-col gap-2 max-[720px]:hidden">
          <AppearanceSwitch />
          <Version />
        </div>
        <HelpLink place={present} />
      </div>
    </header>
  );
}

function Gateway() {
  const { state, lost } = useLive();
  const act = useDo();
  const toast = useToast();
  const copied = (copy: "copyText" | "copyToken", text: string) =>
    void act(async (host) => {
      await (copy === "copyText" ? host.copyText(text) : host.copyToken());
      toast({ text: copy === "copyText" ? words.addressCopied : words.tokenCopied });
    });
  const runs = state !== undefined && !lost;
  return (
    <div className="text-small max-[720px]:flex max-[720px]:flex-wrap max-[720px]:items-center max-[720px]:gap-x-4">
      <p className="flex items-center gap-2 text-ink-2">
        <svg
          viewBox="0 0 10 10"
          className={`size-2.5 ${runs ? "text-ok" : lost ? "text-bad" : "text-ink-3"}`}
          aria-hidden
        >
          {runs ? (
            <circle cx="5" cy="5" r="4.500" fill="currentColor" />
          ) : (
            <circle cx="5" cy="5" r="3.700" fill="none" stroke="currentColor" strokeWidth="1.600" />
          )}
        </svg>
        {runs ? words.gatewayRuns : lost ? words.gatewayLost : words.gatewayAsked}
      </p>
      {runs && (
        <>
          <div className="mt-1 flex items-center justify-between gap-2 max-[720px]:mt-0">
            <span className="min-w-0 font-mono break-all text-ink-2 select-all" data-testid="gateway-address">
              {state.address.replace(/^http:\/\//, "")}
            </span>
            <button
              type="button"
              aria-label={words.copyAddress}
              onClick={() => {
                copied("copyText", state.address);
              }}
              className="rounded-[4px] p-1 text-ink-3 hover:text-ink"
            >
              <Copy className="size-3.5" aria-hidden="true" />
            </button>
          </div>
          <button
            type="button"
            data-testid="copy-token"
            onClick={() => {
              copied("copyToken", "");
            }}
            className="mt-0.5 font-medium text-accent hover:underline"
          >
            {words.copyToken}
          </button>
        </>
      )}
    </div>
  );
}

function Version() {
  const host = useHost();
  const [version, setVersion] = useState<string | null>();
  useEffect(() => {
    let current = true;
    const report = (reported: string | null) => {
      if (current) setVersion(reported);
    };
    host.version().then(report, () => {
      report(null);
    });
    return () => {
      current = false;
    };
  }, [host]);

  // The line keeps its height while the answer is under way: nothing moves when it comes.
  return (
    <p className="min-h-4.5 text-small text-ink-3">
      {version === null ? words.versionUnknown : version && words.version(version)}
    </p>
  );
}
