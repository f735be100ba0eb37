import { Plus, TriangleAlert } from "lucide-react";
import { useRef, useState } from "react";
import { useAsked } from "../../ask.ts";
import { Button } from "../../components/Button.tsx";
import { ErrorNote } from "../../components/ErrorNote.tsx";
import { strings } from "../../strings.ts";
import type { Aim, Go } from "../go.ts";
import { BrokenFile } from "./BrokenFile.tsx";
import { LockNotice } from "./LockNotice.tsx";
import { NewProfile } from "./NewProfile.tsx";
import { OwnProviders } from "./OwnProviders.tsx";
import { ProfileEditor } from "./ProfileEditor.tsx";
import { ProfileList } from "./ProfileList.tsx";
import { ProviderForm } from "./ProviderForm.tsx";

const words = strings.profiles;

/** The editor of the profile that does not exist yet: no file can have this name. */
const NEW = "";
/** What the form of an own provider is called before its name, which is empty for a new one: no file can be called so. */
const PROVIDER = "provider/";

const providerOf = (name: string) => (name.startsWith(PROVIDER) ? name.slice(PROVIDER.length) : undefined);

/** The profiles, and the form of one of them. A form with unsaved changes stays while another is looked at. */
export function Profiles({ aim, go }: { aim: Extract<Aim, { place: "profiles" }> | undefined; go: Go }) {
  const { data, error } = useAsked("profiles", {});
  const catalogue = useAsked("catalogue", {});
  const [chosen, setChosen] = useState<string>();
  const [unsaved, setUnsaved] = useState<readonly string[]>([]);
  // The form that waits for a new provider, and takes its name.
  const [waiting, setWaiting] = useState<{ form: string; take: (provider: string) => void }>();
  const [followed, setFollowed] = useState<typeof aim>();
  if (aim && aim !== followed) {
    setFollowed(aim);
    if (aim.create) setChosen(NEW);
    if (aim.profile !== undefined) setChosen(aim.profile);
  }

  const profiles = data?.profiles ?? [];
  const providers = catalogue.data ?? [];
  const isBroken = (name: string | undefined) => data?.broken.some((file) => file.name === name) ?? false;
  const exists = (name: string | undefined) => {
    const provider = name === undefined ? undefined : providerOf(name);
    if (provider !== undefined) return provider === "" || providers.some((each) => each.own && each.name === provider);
    return name === NEW || isBroken(name) || profiles.some((each) => each.name === name);
  };
  const present = exists(chosen) ? chosen : profiles[0]?.name;
  const open = [
    ...new Set([...(present === undefined ? [] : [present]), ...unsaved, ...(waiting ? [waiting.form] : [])]),
  ].filter(exists);
  const editor = useRef<HTMLDivElement>(null);
  const choose = (name: string) => {
    setChosen(name);
    // In a narrow window the form lies under the list: bring it into view.
    requestAnimationFrame(() => {
      if ((editor.current?.getBoundingClientRect().top ?? 0) > window.innerHeight / 2) {
        editor.current?.scrollIntoView({ block: "start" });
      }
    });
  };
  const mark = (name: string, dirty: boolean) => {
    setUnsaved((names) => {
      if (names.includes(name) === dirty) return names;
      return dirty ? [...names, name] : names.filter((each) => each !== name);
    });
  };
  const addProviderFor = (form: string) => (take: (provider: string) => void) => {
    setWaiting({ form, take });
    choose(PROVIDER);
  };
  const providerDone = (form: string) => (saved?: string) => {
    mark(form, false);
    if (saved !== undefined && form === PROVIDER) waiting?.take(saved);
    setChosen(waiting?.form);
    setWaiting(undefined);
  };
  const taken = [...profiles, ...(data?.balancers ?? []), ...(data?.broken ?? [])].map((each) => each.name);

  return (
    <>
      <div className="flex flex-wrap items-start gap-x-6 gap-y-2">
        <div className="min-w-0 flex-1">
          <h1 className="text-title font-semibold tracking-tight">{strings.frame.profiles}</h1>
          {data && (
            <p className="mt-1 text-ink-2">
              {words.lead} <span className="font-mono text-small wrap-anywhere">{data.folder}</span>
            </p>
          )}
        </div>
        {profiles.length > 0 && (
          <Button
            data-testid="new-profile"
            onClick={() => {
              choose(NEW);
            }}
          >
            <Plus className="size-4" aria-hidden="true" />
            {words.create}
          </Button>
        )}
      </div>
      {error && <ErrorNote error={error} />}
      <LockNotice />
      {catalogue.error && <ErrorNote error={catalogue.error} />}

      {data && profiles.length === 0 && present === undefined && (
        <div className="mt-6 rounded-panel border border-line bg-panel px-5 py-5 shadow-panel">
          <p className="text-strong font-semibold">{words.none}</p>
          <p className="mt-1 mb-4 max-w-130 text-ink-2">{words.noneWhy}</p>
          <Button
            look="main"
            data-testid="new-profile"
            onClick={() => {
              choose(NEW);
            }}
          >
            {words.create}
          </Button>
        </div>
      )}

      {data && catalogue.data && (
        <div
          className={
            profiles.length > 0
              ? "mt-5 grid items-start gap-x-6 gap-y-6 wide:grid-cols-[minmax(300px,4fr)_minmax(0,7fr)]"
              : "mt-5 flex max-w-200 flex-col gap-6"
          }
        >
          <div>
            <ProfileList profiles={profiles} present={present} unsaved={unsaved} onChoose={choose} />
            {data.broken.map((file) => (
              <div
                key={file.name}
                role="note"
                data-code="profile_broken"
                className="mt-4 flex flex-wrap items-start gap-x-2.5 gap-y-1 rounded-panel border border-line bg-waiting-well px-3.5 py-2.5"
              >
                <TriangleAlert className="mt-0.5 size-4 shrink-0 text-waiting" aria-hidden="true" />
                <p className="min-w-0 flex-1 basis-50 wrap-anywhere">
                  <span className="font-medium">{words.broken(file.name)}</span>{" "}
                  {file.line > 0 ? words.brokenAt(String(file.line), file.reason) : file.reason}
                  {unsaved.includes(file.name) && (
                    <span className="block text-small font-medium text-waiting">{words.unsaved}</span>
                  )}
                </p>
                <Button
                  data-testid={`mend-${file.name}`}
                  aria-label={words.form.broken.mendOf(file.name)}
                  onClick={() => {
                    choose(file.name);
                  }}
                >
                  {words.form.broken.mend}
                </Button>
              </div>
            ))}
            <OwnProviders
              providers={providers}
              present={present === undefined ? undefined : providerOf(present)}
              unsaved={unsaved.flatMap((name) => providerOf(name) ?? [])}
              onChoose={(name) => {
                choose(`${PROVIDER}${name}`);
              }}
              onAdd={() => {
                choose(PROVIDER);
              }}
            />
          </div>
          <div ref={editor} className="min-w-0 scroll-mt-4">
            {open.map((name) => (
              <div key={name} hidden={name !== present}>
                {providerOf(name) !== undefined ? (
                  <ProviderForm
                    provider={providers.find((each) => each.own && each.name === providerOf(name))}
                    taken={providers.map((each) => each.name).filter((each) => each !== providerOf(name))}
                    onDirty={(dirty) => {
                      mark(name, dirty);
                    }}
                    onDone={providerDone(name)}
                  />
                ) : name === NEW ? (
                  <NewProfile
                    taken={taken}
                    providers={providers}
                    onAddProvider={addProviderFor(name)}
                    onDirty={(dirty) => {
                      mark(NEW, dirty);
                    }}
                    onDone={(created) => {
                      mark(NEW, false);
                      setChosen(created);
                    }}
                  />
                ) : isBroken(name) ? (
                  <BrokenFile
                    name={name}
                    onDirty={(dirty) => {
                      mark(name, dirty);
                    }}
                    onMended={() => {
                      mark(name, false);
                    }}
                  />
                ) : (
                  <ProfileEditor
                    name={name}
                    row={profiles.find((each) => each.name === name)}
                    providers={providers}
                    sent={followed?.profile === name ? followed : undefined}
                    onAddProvider={addProviderFor(name)}
                    go={go}
                    onNamed={setChosen}
                    onDirty={(dirty) => {
                      mark(name, dirty);
                    }}
                  />
                )}
              </div>
            ))}
          </div>
        </div>
      )}
    </>
  );
}
