import { Plus } from "lucide-react";
import { useRef, useState } from "react";
import { useAsked } from "../../ask.ts";
import { Button } from "../../components/Button.tsx";
import { ErrorNote } from "../../components/ErrorNote.tsx";
import { Notice } from "../../components/Notice.tsx";
import { strings } from "../../strings.ts";
import type { Aim } from "../go.ts";
import { LockNotice } from "./LockNotice.tsx";
import { NewProfile } from "./NewProfile.tsx";
import { ProfileEditor } from "./ProfileEditor.tsx";
import { ProfileList } from "./ProfileList.tsx";

const words = strings.profiles;

/** The editor of the profile that does not exist yet: no file can have this name. */
const NEW = "";

/** The profiles, and the form of one of them. A form with unsaved changes stays while another is looked at. */
export function Profiles({ aim }: { aim: Extract<Aim, { place: "profiles" }> | undefined }) {
  const { data, error } = useAsked("profiles", {});
  const catalogue = useAsked("catalogue", {});
  const [chosen, setChosen] = useState<string>();
  const [unsaved, setUnsaved] = useState<readonly string[]>([]);
  const [followed, setFollowed] = useState<typeof aim>();
  if (aim && aim !== followed) {
    setFollowed(aim);
    if (aim.create) setChosen(NEW);
    if (aim.profile !== undefined) setChosen(aim.profile);
  }

  const profiles = data?.profiles ?? [];
  const exists = (name: string | undefined) => profiles.some((each) => each.name === name);
  const present = chosen === NEW || exists(chosen) ? chosen : profiles[0]?.name;
  const open = [...new Set([...(present === undefined ? [] : [present]), ...unsaved])].filter(
    (name) => name === NEW || exists(name),
  );
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
              <div key={file.name} className="mt-4">
                <Notice
                  notice={{
                    code: "profile_broken",
                    message: words.broken(file.name),
                    hint: file.line > 0 ? words.brokenAt(String(file.line), file.reason) : file.reason,
                  }}
                />
              </div>
            ))}
          </div>
          <div ref={editor} className="min-w-0 scroll-mt-4">
            {open.map((name) => (
              <div key={name} hidden={name !== present}>
                {name === NEW ? (
                  <NewProfile
                    taken={taken}
                    providers={catalogue.data}
                    onDirty={(dirty) => {
                      mark(NEW, dirty);
                    }}
                    onDone={(created) => {
                      mark(NEW, false);
                      setChosen(created);
                    }}
                  />
                ) : (
                  <ProfileEditor
                    name={name}
                    row={profiles.find((each) => each.name === name)}
                    providers={catalogue.data}
                    sent={followed?.profile === name ? followed : undefined}
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
