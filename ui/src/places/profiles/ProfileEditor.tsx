import { Tabs } from "radix-ui";
import { useEffect, useState } from "react";
import { useForm } from "react-hook-form";
import { useAsked, useReadAgain, useUndoable } from "../../ask.ts";
import { Button } from "../../components/Button.tsx";
import { ErrorNote } from "../../components/ErrorNote.tsx";
import { Findings } from "../../components/Findings.tsx";
import type { ProfileDetail, ProfileRow, ProviderView } from "../../host/generated.ts";
import { HostError, useHost } from "../../host/host.ts";
import { strings } from "../../strings.ts";
import { listed } from "../../words.ts";
import { Conflict } from "./Conflict.tsx";
import { FileMenu, FileTask, type Task } from "./FileTask.tsx";
import { FixButton } from "./FixButton.tsx";
import { draftOf, resolver, valuesOf, type Values } from "./form.ts";
import { Key } from "./Key.tsx";
import { ProfileForm } from "./ProfileForm.tsx";
import { Test } from "./Test.tsx";

const words = strings.profiles;

interface ProfileEditorProps {
  name: string;
  row: ProfileRow | undefined;
  providers: readonly ProviderView[];
  /** The user was sent here to give it a key: a new object each time. */
  sent?: object | undefined;
  onDirty: (dirty: boolean) => void;
  /** It has this name now, or there is a copy of this name. */
  onNamed: (name: string) => void;
}

/** One profile: its form, its file, its key, and a test of it. */
export function ProfileEditor({ name, ...rest }: ProfileEditorProps) {
  const { data, error } = useAsked("profile", { name });
  if (error && !data) return <ErrorNote error={error} />;
  return data ? <Editor profile={data} {...rest} /> : null;
}

interface EditorProps extends Omit<ProfileEditorProps, "name"> {
  /** As it is on disk now. */
  profile: ProfileDetail;
}

function Editor({ profile, row, providers, sent, onDirty, onNamed }: EditorProps) {
  const host = useHost();
  const undoable = useUndoable();
  const readAgain = useReadAgain();
  const [error, setError] = useState<HostError>();
  // The text that the form was filled from.
  const [base, setBase] = useState(profile.fingerprint);
  const form = useForm<Values>({ defaultValues: valuesOf(profile), resolver: resolver(undefined, providers) });
  const { isDirty, isSubmitting } = form.formState;
  useEffect(() => {
    onDirty(isDirty);
    // Told when it changes, not when the parent makes another function of it.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [isDirty]);

  const changed = profile.fingerprint !== base;
  // Nothing would be lost: the form follows the file.
  if (changed && !isDirty) setBase(profile.fingerprint);
  useEffect(() => {
    form.reset(valuesOf(profile));
    // The fingerprint says all of the profile that the form shows.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [base]);
  const reload = () => {
    form.reset(valuesOf(profile));
    setError(undefined);
  };

  const save = async (values: Values, fingerprint: string) => {
    try {
      const undo = await host.perform("save_profile", draftOf(values, fingerprint));
      setError(undefined);
      form.reset(values);
      undoable(words.saved(profile.name), undo);
      await readAgain();
    } catch (cause) {
      if (!(cause instanceof HostError)) throw cause;
      // Its newer text comes with the reading, and both are shown.
      if (cause.code === "profile_changed") await readAgain();
      else setError(cause);
    }
  };
  const submit = (fingerprint: string) => form.handleSubmit((values) => save(values, fingerprint));

  return (
    <section aria-label={profile.name} className="rounded-panel border border-line bg-panel shadow-panel">
      <Head profile={profile} unsaved={isDirty} onNamed={onNamed} />
      {!profile.practice && (
        <Key profile={profile.name} credential={profile.credential} fingerprint={profile.fingerprint} sent={sent} />
      )}
      <Tabs.Root defaultValue="form">
        <Tabs.List aria-label={words.views} className="flex gap-4 border-b border-line px-5">
          {(["form", "file"] as const).map((tab) => (
            <Tabs.Trigger
              key={tab}
              value={tab}
              className="-mb-px border-b-2 border-transparent py-1.5 text-ink-2 hover:text-ink data-[state=active]:border-accent data-[state=active]:font-medium data-[state=active]:text-ink"
            >
              {words.tabs[tab]}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        <Tabs.Content value="form" forceMount className="@container p-5 data-[state=inactive]:hidden">
          {changed && isDirty && (
            <Conflict
              mine={form.getValues()}
              theirs={profile.text}
              onReload={reload}
              onOverwrite={() => void submit(profile.fingerprint)()}
            />
          )}
          <form noValidate aria-label={profile.name} onSubmit={(event) => void submit(base)(event)}>
            <fieldset disabled={profile.practice} className="contents">
              <ProfileForm form={form} providers={providers} isNew={false} />
            </fieldset>
            {error && <ErrorNote error={error} />}
            {profile.practice ? (
              <p className="mt-4 text-ink-2">{words.practiceWhy}</p>
            ) : (
              <div className="mt-5 flex flex-wrap items-center gap-x-3 gap-y-2">
                <Button
                  type="submit"
                  look="main"
                  data-testid="save-profile"
                  disabled={!isDirty || isSubmitting || changed}
                >
                  {words.save}
                </Button>
                <Button disabled={!isDirty} onClick={reload}>
                  {words.discard}
                </Button>
                <p role="status" className="text-small text-ink-3">
                  {isDirty ? words.unsaved : words.allSaved}
                </p>
              </div>
            )}
          </form>
        </Tabs.Content>
        <Tabs.Content value="file" className="p-5">
          <p className="mb-2 text-small text-ink-3">{words.fileWhy}</p>
          <pre className="overflow-x-auto rounded-control bg-well p-3 font-mono text-small">{profile.text}</pre>
        </Tabs.Content>
      </Tabs.Root>
      {row && row.findings.length > 0 && (
        <div className="px-5 pb-5">
          <Findings
            findings={row.findings}
            fix={(finding) => <FixButton profile={profile.name} finding={finding} unsaved={isDirty} />}
          />
        </div>
      )}
    </section>
  );
}

interface HeadProps {
  profile: ProfileDetail;
  unsaved: boolean;
  onNamed: (name: string) => void;
}

function Head({ profile, unsaved, onNamed }: HeadProps) {
  const [task, setTask] = useState<Task>();
  const { name, usedBy, practice, testCost } = profile;
  return (
    <>
      <Test
        profile={name}
        cost={testCost}
        unsaved={unsaved}
        title={
          <div className="min-w-0 flex-1 basis-50">
            <h2 className="text-strong font-semibold tracking-tight wrap-anywhere">{name}</h2>
            <p className="text-small wrap-anywhere text-ink-3">
              {usedBy.length > 0 ? words.usedBy(listed(usedBy)) : words.usedByNone}
            </p>
          </div>
        }
      >
        {!practice && <FileMenu name={name} usedBy={usedBy} unsaved={unsaved} onTask={setTask} />}
      </Test>
      {task && (
        <div className="px-5">
          <FileTask
            task={task}
            name={name}
            usedBy={usedBy}
            onNamed={onNamed}
            onDone={() => {
              setTask(undefined);
            }}
          />
        </div>
      )}
    </>
  );
}
