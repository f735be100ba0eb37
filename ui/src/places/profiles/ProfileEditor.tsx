import { Tabs } from "radix-ui";
import { useEffect, useRef, useState } from "react";
import { useForm } from "react-hook-form";
import { useAsked, useReadAgain, useUndoable } from "../../ask.ts";
import { Button } from "../../components/Button.tsx";
import { ErrorNote } from "../../components/ErrorNote.tsx";
import { Findings } from "../../components/Findings.tsx";
import type { Fault, ProfileDetail, ProfileRow, ProviderView } from "../../host/generated.ts";
import { HostError, useHost } from "../../host/host.ts";
import { strings } from "../../strings.ts";
import { listed } from "../../words.ts";
import type { Go } from "../go.ts";
import { Conflict } from "./Conflict.tsx";
import { FileMenu, FileTask, type Task } from "./FileTask.tsx";
import { FixButton } from "./FixButton.tsx";
import { draftOf, resolver, rules, valuesOf, type Values } from "./form.ts";
import { JsonEditor } from "./JsonEditor.tsx";
import { Key } from "./Key.tsx";
import { LogIn } from "./LogIn.tsx";
import { REST, useMeaning } from "./meaning.ts";
import { ProfileForm } from "./ProfileForm.tsx";
import { Test } from "./Test.tsx";

const words = strings.profiles;

interface ProfileEditorProps {
  name: string;
  row: ProfileRow | undefined;
  providers: readonly ProviderView[];
  /** The user was sent here to give it a key: a new object each time. */
  sent?: object | undefined;
  onAddProvider: (take: (name: string) => void) => void;
  go: Go;
  onDirty: (dirty: boolean) => void;
  /** It has this name now, or there is a copy of this name. */
  onNamed: (name: string) => void;
}

/** One profile: its form, its text, its key, and a test of it. */
export function ProfileEditor({ name, ...rest }: ProfileEditorProps) {
  const { data, error } = useAsked("profile", { name });
  if (error && !data) return <ErrorNote error={error} />;
  return data ? <Editor profile={data} {...rest} /> : null;
}

interface EditorProps extends Omit<ProfileEditorProps, "name"> {
  /** As it is on disk now. */
  profile: ProfileDetail;
}

function Editor({ profile, row, providers, sent, go, onAddProvider, onDirty, onNamed }: EditorProps) {
  const { name } = profile;
  const host = useHost();
  const undoable = useUndoable();
  const readAgain = useReadAgain();
  const [error, setError] = useState<HostError>();
  const [saving, setSaving] = useState(false);
  // The file that is being edited.
  const [base, setBase] = useState(profile);
  // What would be saved: the one truth of form and text.
  const [text, setText] = useState(profile.text);
  const [fault, setFault] = useState<Fault | null>(null);
  // The last change was one of the text.
  const [typed, setTyped] = useState(false);
  const form = useForm<Values>({ defaultValues: valuesOf(name, profile), resolver: resolver(undefined, providers) });
  const { isDirty } = form.formState;
  const dirty = isDirty || text !== base.text;
  useEffect(() => {
    onDirty(dirty);
    // Told when it changes, not when the parent makes another function of it.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [dirty]);

  const changed = profile.fingerprint !== base.fingerprint;
  const take = (file: ProfileDetail) => {
    setBase(file);
    setText(file.text);
    setFault(null);
    setTyped(false);
  };
  // Nothing would be lost: the form follows the file.
  if (changed && !dirty && !saving) take(profile);
  useEffect(() => {
    form.reset(valuesOf(name, base));
  }, [form, name, base]);
  const reload = () => {
    take(profile);
    setError(undefined);
    form.reset(valuesOf(name, profile));
  };

  // From the text to the form.
  const following = useRef(false);
  const meaning = useMeaning(name, text, typed, (found) => {
    setFault(found.fault);
    if (!found.form) return;
    following.current = true;
    form.reset(valuesOf(name, found.form), { keepDefaultValues: true });
    following.current = false;
  });

  // From the form to the text.
  const filling = useRef<{ timer: number | undefined; turn: number }>({ timer: undefined, turn: 0 });
  /** The text with what stands in the form; undefined where that is not finished. */
  const fill = async (): Promise<string | undefined> => {
    window.clearTimeout(filling.current.timer);
    filling.current.timer = undefined;
    const turn = (filling.current.turn += 1);
    const values = form.getValues();
    if (!rules(undefined, providers).safeParse(values).success) return undefined;
    const filled = await host.perform("fill_profile_text", { text, form: draftOf(values) });
    if (turn === filling.current.turn) setText(filled.text);
    return filled.text;
  };
  const filler = useRef(fill);
  useEffect(() => {
    filler.current = fill;
  });
  useEffect(() => {
    const stop = form.subscribe({
      formState: { values: true },
      callback: ({ name: field }) => {
        // Only what the user changed; a reset is of no field.
        if (field === undefined || following.current) return;
        setTyped(false);
        window.clearTimeout(filling.current.timer);
        filling.current.timer = window.setTimeout(() => {
          filler.current().catch((cause: unknown) => {
            if (!(cause instanceof HostError)) throw cause;
            setError(cause);
          });
        }, REST);
      },
    });
    const { current } = filling;
    return () => {
      stop();
      window.clearTimeout(current.timer);
    };
  }, [form]);

  const save = async (fingerprint: string) => {
    setSaving(true);
    try {
      const mine = typed ? text : ((await fill()) ?? text);
      const undo = await host.perform("save_profile_text", { name, text: mine, fingerprint });
      setError(undefined);
      undoable(words.saved(name), undo);
      // The next edit starts from what was written.
      take(await host.perform("profile", { name }));
      await readAgain();
    } catch (cause) {
      if (!(cause instanceof HostError)) throw cause;
      // Its newer text comes with the reading, and both are shown.
      if (cause.code === "profile_changed") await readAgain();
      else setError(cause);
    } finally {
      setSaving(false);
    }
  };
  // What was typed as text is the user's own affair, as long as it is a profile; the form's fields have rules.
  const submit = (fingerprint: string) =>
    typed ? () => save(fingerprint) : form.handleSubmit(() => save(fingerprint));

  return (
    <section aria-label={name} className="rounded-panel border border-line bg-panel shadow-panel">
      <Head profile={profile} unsaved={dirty} onNamed={onNamed} />
      {!profile.practice && (
        <Key profile={name} credential={profile.credential} fingerprint={profile.fingerprint} sent={sent}>
          {!profile.credential.usable && <LogIn provider={profile.provider} go={go} />}
        </Key>
      )}
      <form
        noValidate
        aria-label={name}
        onSubmit={(event) => {
          event.preventDefault();
          void submit(base.fingerprint)();
        }}
      >
        <Tabs.Root
          defaultValue="form"
          onValueChange={() => {
            // What stands in the form is in the text before that is seen.
            if (filling.current.timer !== undefined) void fill();
          }}
        >
          <Tabs.List aria-label={words.views} className="flex gap-4 border-b border-line px-5">
            {(["form", "json"] as const).map((tab) => (
              <Tabs.Trigger
                key={tab}
                value={tab}
                className="-mb-px border-b-2 border-transparent py-1.5 text-ink-2 hover:text-ink data-[state=active]:border-accent data-[state=active]:font-medium data-[state=active]:text-ink"
              >
                {words.tabs[tab]}
              </Tabs.Trigger>
            ))}
          </Tabs.List>
          {changed && dirty && !saving && (
            <div className="@container px-5 pt-5">
              <Conflict
                mine={text}
                theirs={profile.text}
                onReload={reload}
                onOverwrite={() => void submit(profile.fingerprint)()}
              />
            </div>
          )}
          <Tabs.Content value="form" forceMount className="@container p-5 pb-0 data-[state=inactive]:hidden">
            {fault && (
              <p role="status" className="mb-4 rounded-control bg-bad-well px-3 py-2">
                <span className="font-medium">{words.form.json.fault}</span> {words.form.json.mend}
              </p>
            )}
            <fieldset disabled={profile.practice || fault !== null} className="contents">
              <ProfileForm
                form={form}
                providers={providers}
                onAddProvider={onAddProvider}
                fixed={profile.practice}
                isNew={false}
              />
            </fieldset>
          </Tabs.Content>
          <Tabs.Content value="json" className="p-5 pb-0">
            <p className="mb-2 text-small text-ink-3">{words.form.json.why}</p>
            <JsonEditor
              name={name}
              text={text}
              fault={fault}
              fixed={profile.practice}
              onChange={(next) => {
                window.clearTimeout(filling.current.timer);
                filling.current.timer = undefined;
                filling.current.turn += 1;
                setTyped(true);
                setText(next);
              }}
            />
            {meaning && text !== base.text && meaning.findings.length > 0 && (
              <div className="mt-3">
                <p className="mb-1.5 text-small font-medium text-ink-2">{words.form.json.found}</p>
                <Findings findings={meaning.findings} />
              </div>
            )}
          </Tabs.Content>
        </Tabs.Root>
        <div className="px-5 pb-5">
          {error && <ErrorNote error={error} />}
          {profile.practice ? (
            <p className="mt-4 text-ink-2">{words.practiceWhy}</p>
          ) : (
            <div className="mt-5 flex flex-wrap items-center gap-x-3 gap-y-2">
              <Button
                type="submit"
                look="main"
                data-testid="save-profile"
                disabled={!dirty || saving || changed || fault !== null}
              >
                {words.save}
              </Button>
              <Button disabled={!dirty} onClick={reload}>
                {words.discard}
              </Button>
              <p role="status" className="text-small text-ink-3">
                {dirty ? words.unsaved : words.allSaved}
              </p>
            </div>
          )}
        </div>
      </form>
      {row && row.findings.length > 0 && (
        <div className="px-5 pb-5">
          <Findings
            findings={row.findings}
            fix={(finding) => <FixButton profile={name} finding={finding} unsaved={dirty} />}
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
