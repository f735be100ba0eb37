import { useAskedAnew, useKeep } from "../../ask.ts";
import { ErrorNote } from "../../components/ErrorNote.tsx";
import { size } from "../../figures.ts";
import type { OwnDataView } from "../../host/generated.ts";
import { useHost } from "../../host/host.ts";
import { strings } from "../../strings.ts";
import { listed } from "../../words.ts";
import { Answers, AskToDelete, useDeletion } from "./Deletion.tsx";
import { Panel } from "./Panel.tsx";
import { ToolsThatPointHere } from "./ToolsThatPointHere.tsx";

const words = strings.settings.privacy;

/** What leaves the machine, what is stored on it, and the end of that. */
export function PrivacySettings({ shown }: { shown: boolean }) {
  const { data: own, error } = useAskedAnew("own_data", {}, shown);
  if (error) return <ErrorNote error={error} />;
  if (!own) return null;
  return (
    <div className="grid items-start gap-5 wide:grid-cols-2">
      <div className="flex min-w-0 flex-col gap-5">
        <Panel title={words.telemetry} why={words.telemetryWhy}>
          <Called own={own} />
        </Panel>
        <Panel title={words.remove.title} why={words.remove.why}>
          <Remove own={own} />
        </Panel>
      </div>
      <Panel title={words.stored} why={words.storedWhy}>
        <Stored own={own} />
      </Panel>
    </div>
  );
}

function Called({ own: { called } }: { own: OwnDataView }) {
  return (
    <>
      <h4 className="font-medium">{words.called}</h4>
      {called.length === 0 ? (
        <p className="text-ink-2">{words.calledNone}</p>
      ) : (
        <ul className="mt-1 flex flex-col gap-1">
          {called.map(({ address, profiles }) => (
            <li key={address} className="wrap-anywhere">
              <span className="font-mono text-small select-all">{address}</span>{" "}
              <span className="text-ink-3">{words.calledFor(listed(profiles))}</span>
            </li>
          ))}
        </ul>
      )}
      <p className="mt-2 text-small text-ink-3">{words.calledLogins}</p>
    </>
  );
}

type Kept = keyof typeof words.what;

function Stored({ own }: { own: OwnDataView }) {
  return (
    <>
      <p className="font-mono text-small wrap-anywhere text-ink-2 select-all">{own.folder}</p>
      <ul className="mt-2 flex flex-col">
        {own.items.map(({ what, path, bytes }) => {
          const known = what in words.what;
          return (
            <li key={what} title={path} className="flex flex-wrap justify-between gap-x-4 border-b border-line py-1.5">
              <span className="min-w-0 flex-1 basis-60">
                {known ? words.what[what as Kept] : what}
                <span className="block text-small text-ink-3">{known && words.kept[what as Kept]}</span>
              </span>
              <span className="font-mono text-small tabular-nums text-ink-2">{size(bytes)}</span>
            </li>
          );
        })}
      </ul>
      {own.keyring && <p className="mt-2 text-ink-2">{words.keyring}</p>}
      <p className="mt-2 text-ink-2">
        {words.profiles} <span className="font-mono text-small wrap-anywhere text-ink select-all">{own.profiles}</span>.{" "}
        {words.profilesWhy}
      </p>
    </>
  );
}

function Remove({ own }: { own: OwnDataView }) {
  const host = useHost();
  const keep = useKeep();
  const deletion = useDeletion(async () => {
    keep("own_data", {}, await host.perform("remove_own_data", { sure: "remove" }));
  });
  if (own.removing) {
    return (
      <p role="status" data-testid="removed" className="rounded-control bg-waiting-well px-3 py-2 font-medium">
        {words.remove.done}
      </p>
    );
  }
  if (!deletion.asked) {
    return (
      <>
        <AskToDelete of={deletion} label={words.remove.ask} testId="remove-data" />
        {deletion.error && <ErrorNote error={deletion.error} />}
      </>
    );
  }
  return (
    <div role="alertdialog" aria-label={words.remove.title} data-testid="remove-question">
      <div className="grid gap-4 @min-[420px]:grid-cols-2">
        <Listing
          title={words.remove.goes}
          entries={[
            words.remove.goesFolder(own.folder),
            ...(own.keyring ? [words.remove.goesKeyring] : []),
            words.remove.goesTokens,
          ]}
        />
        <Listing
          title={words.remove.stays}
          entries={[words.remove.staysProfiles(own.profiles), words.remove.staysCli, words.remove.staysTools]}
        />
      </div>
      <h4 className="mt-3 font-medium">{words.remove.tools}</h4>
      {own.tools.length === 0 ? (
        <p className="text-ink-2">{words.remove.toolsNone}</p>
      ) : (
        <ToolsThatPointHere tools={own.tools} />
      )}
      <div className="mt-4">
        <Answers of={deletion} keep={words.remove.keep} sure={words.remove.sure} testId="remove-data-now" />
      </div>
    </div>
  );
}

function Listing({ title, entries }: { title: string; entries: readonly string[] }) {
  return (
    <div className="min-w-0">
      <h4 className="font-medium">{title}</h4>
      <ul className="mt-1 flex list-disc flex-col gap-1 pl-4 text-ink-2">
        {entries.map((entry) => (
          <li key={entry} className="wrap-anywhere">
            {entry}
          </li>
        ))}
      </ul>
    </div>
  );
}
