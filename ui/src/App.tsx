import { QueryClientProvider } from "@tanstack/react-query";
import { Suspense, useEffect, useState, type Dispatch, type ReactNode, type SetStateAction } from "react";
import { newMemory, useReadAgain } from "./ask.ts";
import { BarButton } from "./command-bar/BarButton.tsx";
import { QuitQuestion } from "./components/QuitQuestion.tsx";
import { Sidebar } from "./components/Sidebar.tsx";
import { Toasts } from "./components/Toasts.tsx";
import { FeedProvider } from "./feed.tsx";
import { places, type Aim } from "./places/go.ts";
import { Live } from "./places/live/Live.tsx";
import { Accounts, CommandBar, Connect, Failover, Profiles, Requests, Settings, fetchParts } from "./parts.ts";
import { strings } from "./strings.ts";

/** The window: the sidebar, and the place that is open beside it. */
export function App() {
  const [memory] = useState(newMemory);
  return (
    <QueryClientProvider client={memory}>
      <Toasts>
        <Following>
          <Frame />
        </Following>
      </Toasts>
    </QueryClientProvider>
  );
}

function Following({ children }: { children: ReactNode }) {
  const readAgain = useReadAgain();
  return <FeedProvider onProfilesChanged={() => void readAgain()}>{children}</FeedProvider>;
}

function Frame() {
  const [aim, setAim] = useState<Aim>({ place: "live" });
  const [commanding, setCommanding] = useState(false);
  usePlaceKeys(setAim);
  useBarKey(setCommanding);
  useEffect(() => {
    // One that can't be fetched now is fetched when it is gone to, and fails there.
    fetchParts().catch(() => undefined);
  }, []);
  return (
    <div className="flex h-full max-[720px]:flex-col">
      <Sidebar present={aim.place} go={setAim}>
        <BarButton
          onOpen={() => {
            setCommanding(true);
          }}
        />
      </Sidebar>
      {/* A place that was visited stays and keeps what was typed into it; only one is shown. */}
      <Place name="live" aim={aim}>
        <Live aim={aim.place === "live" ? aim : undefined} go={setAim} />
      </Place>
      <Place name="profiles" aim={aim}>
        <Profiles.Part aim={aim.place === "profiles" ? aim : undefined} go={setAim} />
      </Place>
      <Place name="failover" aim={aim}>
        <Failover.Part aim={aim.place === "failover" ? aim : undefined} go={setAim} />
      </Place>
      <Place name="accounts" aim={aim}>
        <Accounts.Part aim={aim.place === "accounts" ? aim : undefined} go={setAim} />
      </Place>
      <Place name="requests" aim={aim}>
        <Requests.Part shown={aim.place === "requests"} />
      </Place>
      <Place name="connect" aim={aim}>
        <Connect.Part go={setAim} />
      </Place>
      <Place name="settings" aim={aim}>
        <Settings.Part aim={aim.place === "settings" ? aim : undefined} />
      </Place>
      <QuitQuestion />
      <Suspense>
        <CommandBar.Part open={commanding} setOpen={setCommanding} go={setAim} />
      </Suspense>
    </div>
  );
}

interface PlaceProps {
  name: Aim["place"];
  aim: Aim;
  children: ReactNode;
}

function Place({ name, aim, children }: PlaceProps) {
  const shown = aim.place === name;
  const [visited, setVisited] = useState(shown);
  if (shown && !visited) setVisited(true);
  return (
    <main
      hidden={!shown}
      tabIndex={-1}
      aria-label={strings.frame[name]}
      className={shown ? "relative min-w-0 flex-1 overflow-y-auto px-6 pt-5 pb-8 outline-none" : undefined}
    >
      {visited && <Suspense>{children}</Suspense>}
    </main>
  );
}

/** Ctrl or Cmd with K opens and closes the command bar, from the first moment on: what it opens may still be on its way. */
function useBarKey(setOpen: Dispatch<SetStateAction<boolean>>): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey)
        return;
      event.preventDefault();
      setOpen((open) => !open);
    };
    window.addEventListener("keydown", onKey);
    return () => {
      window.removeEventListener("keydown", onKey);
    };
  }, [setOpen]);
}

/** Ctrl or Cmd with a place's number goes there. */
function usePlaceKeys(go: (aim: Aim) => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const place = places[Number(event.key) - 1];
      if (!place || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
      event.preventDefault();
      go({ place });
    };
    window.addEventListener("keydown", onKey);
    return () => {
      window.removeEventListener("keydown", onKey);
    };
  }, [go]);
}
