import { useState } from "react";
import { useAsked } from "../../ask.ts";
import { Button } from "../../components/Button.tsx";
import { TextField } from "../../components/Field.tsx";
import { Segmented } from "../../components/Segmented.tsx";
import type { ImportFile, ImportInput, ImportPreference, ImportView } from "../../host/generated.ts";
import { strings } from "../../strings.ts";
import { listed } from "../../words.ts";
import { nameProblem } from "../profiles/form.ts";
import { LeftOut } from "./ArchiveExport.tsx";

const words = strings.settings.transfer.imported;

/** What was chosen, as the engine is asked for it. */
export type Wanted = Omit<ImportInput, "path">;

type Choice = keyof typeof words.choices;

const choicesOf = ({ state }: ImportFile): readonly Choice[] =>
  state === "new" ? ["add", "skip"] : state === "differs" ? ["keep", "replace", "beside"] : [];

/** What is there stays as it is until somebody says otherwise. */
const settled = (file: ImportFile): Choice => choicesOf(file)[0] ?? "skip";

const isTaken = (choice: Choice) => choice === "add" || choice === "replace" || choice === "beside";

interface ImportPreviewProps {
  view: ImportView;
  busy: boolean;
  onImport: (wanted: Wanted) => void;
  onCancel: () => void;
}

/** What a file holds, how each part of it stands to what is here, and what becomes of it. */
export function ImportPreview({ view, busy, onImport, onCancel }: ImportPreviewProps) {
  const { data } = useAsked("profiles", {});
  const [choices, setChoices] = useState<Readonly<Record<string, Choice>>>({});
  const [names, setNames] = useState<Readonly<Record<string, string>>>({});
  const [preferences, setPreferences] = useState<readonly string[]>([]);
  const [tried, setTried] = useState(false);

  const choiceOf = (file: ImportFile) => choices[file.name] ?? settled(file);
  const nameOf = ({ name }: ImportFile) => names[name] ?? words.suggested(name);
  const taken = view.files.filter((file) => isTaken(choiceOf(file)));
  const beside = taken.filter((file) => choiceOf(file) === "beside");
  const here = [...(data?.profiles ?? []), ...(data?.balancers ?? []), ...(data?.broken ?? [])].map(({ name }) => name);
  const wrong = (file: ImportFile) => {
    const others = [
      ...taken.filter((each) => choiceOf(each) !== "beside").map(({ name }) => name),
      ...beside.filter((each) => each !== file).map((each) => nameOf(each).trim()),
    ];
    return nameProblem(nameOf(file), [...here, ...others]);
  };
  const nothing = taken.length === 0 && preferences.length === 0;

  const what = [
    ...(taken.length > 0 ? [words.manyFiles(taken.length)] : []),
    ...(preferences.length > 0 ? [words.manySettings(preferences.length)] : []),
  ];

  const send = () => {
    setTried(true);
    if (nothing || busy || beside.some((file) => wrong(file) !== undefined)) return;
    onImport({
      fingerprint: view.fingerprint,
      files: taken.map(({ name }) => name),
      names: Object.fromEntries(beside.map((file) => [file.name, nameOf(file).trim()])),
      preferences: [...preferences],
    });
  };

  return (
    <section aria-label={words.files} data-testid="import-preview">
      <h4 className="font-medium">{words.files}</h4>
      {view.files.length === 0 && <p className="text-ink-3">{words.noFiles}</p>}
      <ul className="mt-1 flex flex-col">
        {view.files.map((file) => (
          <li
            key={file.name}
            data-testid={`import-${file.name}`}
            data-state={file.state}
            className="border-t border-line py-2.5 first:border-t-0"
          >
            <File
              file={file}
              choice={choiceOf(file)}
              onChoose={(choice) => {
                setChoices({ ...choices, [file.name]: choice });
              }}
            />
            {choiceOf(file) === "beside" && (
              <TextField
                label={words.otherName(file.name)}
                hint={words.otherNameHint}
                error={tried ? wrong(file) : undefined}
                value={nameOf(file)}
                onChange={(event) => {
                  setNames({ ...names, [file.name]: event.target.value });
                }}
                fieldClassName="mt-2 max-w-90"
              />
            )}
          </li>
        ))}
      </ul>
      <Preferences
        preferences={view.preferences}
        chosen={preferences}
        onToggle={(name) => {
          setPreferences(
            preferences.includes(name) ? preferences.filter((each) => each !== name) : [...preferences, name],
          );
        }}
      />
      <LeftOut title={words.leftOut} what={view.leftOut} />
      <div className="mt-4 flex flex-wrap items-center gap-2">
        <Button look="main" data-testid="import-now" aria-disabled={nothing || busy} onClick={send}>
          {busy ? words.busy : nothing ? words.nothing : words.act(listed(what))}
        </Button>
        <Button onClick={onCancel}>{words.cancel}</Button>
      </div>
    </section>
  );
}

const inks: Record<string, string> = { new: "text-ok", differs: "text-waiting", unusable: "text-bad" };

interface FileProps {
  file: ImportFile;
  choice: Choice;
  onChoose: (choice: Choice) => void;
}

function File({ file, choice, onChoose }: FileProps) {
  const { name, kind, state, details } = file;
  const choices = choicesOf(file);
  const said = (group: Record<string, string>, key: string) => group[key] ?? key;
  const facts = [
    [words.goesTo, file.address],
    [words.keyFrom, file.keyFrom],
    [words.through, file.proxy],
  ].filter((fact): fact is [string, string] => fact[1] !== null);
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <p className="min-w-0 flex-1 basis-44">
          <span className="font-medium wrap-anywhere">{name}</span>{" "}
          <span className="text-small whitespace-nowrap text-ink-3">{said(words.kinds, kind)}</span>
          <span className={`block text-small ${inks[state] ?? "text-ink-3"}`}>{said(words.states, state)}</span>
        </p>
        {choices.length > 0 && (
          <Segmented
            legend={words.choose(name)}
            choices={choices}
            words={words.choices}
            value={choice}
            onChoose={onChoose}
          />
        )}
      </div>
      {facts.length > 0 && (
        <dl className="mt-1 grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 text-small">
          {facts.map(([what, value]) => (
            <div key={what} className="contents">
              <dt className="text-ink-3">{what}</dt>
              <dd className="font-mono wrap-anywhere">{value}</dd>
            </div>
          ))}
        </dl>
      )}
      {details.length > 0 && (
        <div className="mt-1 text-small text-ink-2">
          {state === "differs" && <p className="text-ink-3">{words.difference}</p>}
          <ul>
            {details.map((each) => (
              <li key={each} className="wrap-anywhere">
                {each}
              </li>
            ))}
          </ul>
        </div>
      )}
    </>
  );
}

interface PreferencesProps {
  preferences: readonly ImportPreference[];
  chosen: readonly string[];
  onToggle: (name: string) => void;
}

function Preferences({ preferences, chosen, onToggle }: PreferencesProps) {
  if (preferences.length === 0) return null;
  const title = (name: string) => (words.preference as Record<string, string>)[name] ?? name;
  return (
    <fieldset className="mt-3 border-t border-line pt-3">
      <legend className="float-left w-full font-medium">{words.preferences}</legend>
      <p className="clear-both text-small text-ink-3">{words.preferencesWhy}</p>
      <ul className="mt-1.5 flex flex-col">
        {preferences.map(({ name, same, before, after }) => (
          <li key={name}>
            <label className="flex items-start gap-2.5 rounded-control px-1.5 py-1 hover:bg-well">
              <input
                type="checkbox"
                data-testid={`import-setting-${name}`}
                disabled={same}
                checked={chosen.includes(name)}
                onChange={() => {
                  onToggle(name);
                }}
                className="mt-0.75 size-3.5 shrink-0 accent-accent"
              />
              <span className="min-w-0">
                {title(name)}
                <span className="block text-small wrap-anywhere text-ink-3">
                  {same ? `${after}, ${words.sameAlready}` : words.becomes(before, after)}
                </span>
              </span>
            </label>
          </li>
        ))}
      </ul>
    </fieldset>
  );
}
