import { KeyRound } from "lucide-react";
import { useState, type SubmitEvent } from "react";
import { useAsked, useReadAgain } from "../../ask.ts";
import { Button } from "../../components/Button.tsx";
import { ErrorNote } from "../../components/ErrorNote.tsx";
import { TextField } from "../../components/Field.tsx";
import { Select } from "../../components/Select.tsx";
import { useToast } from "../../components/Toasts.tsx";
import type { FoundKey, ImportedKey, KeyChoice } from "../../host/generated.ts";
import { HostError, useHost } from "../../host/host.ts";
import { strings } from "../../strings.ts";
import { listed } from "../../words.ts";
import { Panel } from "./Panel.tsx";

const words = strings.settings.transfer.found;

/** Where was looked, and what lies there. */
interface Find {
  file: string | null;
  keys: readonly FoundKey[];
}

/** Keys in environment variables or a `.env` file: looked for on demand, shown with where they would go, kept by choice. */
export function FoundKeys() {
  const host = useHost();
  const [path, setPath] = useState("");
  const [find, setFind] = useState<Find>();
  const [kept, setKept] = useState<readonly ImportedKey[]>();
  const [busy, setBusy] = useState(false);
  // What went wrong, and whether it is the file's fault.
  const [error, setError] = useState<{ of: HostError; file: boolean }>();

  const look = async (file: string | null) => {
    if (busy) return;
    setBusy(true);
    setError(undefined);
    setKept(undefined);
    setFind(undefined);
    try {
      setFind({ file, keys: await host.perform("find_keys", { file }) });
    } catch (cause) {
      if (!(cause instanceof HostError)) throw cause;
      setError({ of: cause, file: file !== null });
    } finally {
      setBusy(false);
    }
  };
  const lookInFile = (event: SubmitEvent) => {
    event.preventDefault();
    const file = path.trim();
    if (file === "") setError({ of: new HostError("path_empty", words.pathEmpty, ""), file: true });
    else void look(file);
  };

  return (
    <Panel title={words.title} why={words.why}>
      <Button data-testid="find-in-environment" aria-disabled={busy} onClick={() => void look(null)}>
        {words.environment}
      </Button>
      <form noValidate aria-label={words.form} onSubmit={lookInFile} className="mt-3 flex flex-wrap gap-x-2">
        <TextField
          mono
          label={words.path}
          hint={words.pathHint}
          error={error?.file ? `${error.of.message} ${error.of.hint}`.trim() : undefined}
          data-testid="env-path"
          value={path}
          onChange={(event) => {
            setPath(event.target.value);
            setError(undefined);
          }}
          fieldClassName="min-w-0 flex-1 basis-50"
        />
        <Button type="submit" data-testid="find-in-file" aria-disabled={busy} className="mt-5.5 self-start">
          {words.look}
        </Button>
      </form>
      {error && !error.file && <ErrorNote error={error.of} />}
      {find && (
        <Choose
          find={find}
          onKept={(keys) => {
            setFind(undefined);
            setKept(keys);
          }}
        />
      )}
      {kept && (
        <Kept
          keys={kept}
          onClose={() => {
            setKept(undefined);
          }}
        />
      )}
    </Panel>
  );
}

/** The provider, or one of the profiles that wait: as the value of a choice. */
const PROVIDER = "";

/** A variable may be found for two providers. */
const keyOf = ({ variable, provider }: FoundKey) => `${variable} ${provider}`;

interface Target {
  /** A profile's name, or {@link PROVIDER}. */
  whom: string;
  taken: boolean;
}

/** For what needs one and has none, once: the first variable of a provider wins. */
function proposed(keys: readonly FoundKey[]): Record<string, Target> {
  const wanted = keys.filter(({ waiting, stored }) => waiting.length > 0 && !stored);
  const first = wanted.filter(({ provider }, at) => wanted.findIndex((each) => each.provider === provider) === at);
  return Object.fromEntries(keys.map((key) => [keyOf(key), { whom: PROVIDER, taken: first.includes(key) }]));
}

function Choose({ find, onKept }: { find: Find; onKept: (keys: readonly ImportedKey[]) => void }) {
  const host = useHost();
  const toast = useToast();
  const readAgain = useReadAgain();
  const { data: catalogue = [] } = useAsked("catalogue", {});
  const [targets, setTargets] = useState(() => proposed(find.keys));
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<HostError>();
  const title = (provider: string) => catalogue.find(({ name }) => name === provider)?.title ?? provider;
  const targetOf = (key: FoundKey) => targets[keyOf(key)] ?? { whom: PROVIDER, taken: false };
  const place = (key: FoundKey, { whom }: Target) => (whom === PROVIDER ? `provider ${key.provider}` : whom);
  const taken = find.keys.filter((key) => targetOf(key).taken);

  // Two keys can't lie in the same place: the one that was chosen last does.
  const set = (key: FoundKey, target: Target) => {
    const rest = find.keys
      .filter((each) => each !== key && target.taken && place(each, targetOf(each)) === place(key, target))
      .map((each) => [keyOf(each), { ...targetOf(each), taken: false }] as const);
    setTargets({ ...targets, ...Object.fromEntries(rest), [keyOf(key)]: target });
  };
  const keep = async () => {
    if (busy || taken.length === 0) return;
    setBusy(true);
    setError(undefined);
    try {
      const keys = taken.map((key): KeyChoice => {
        const { whom } = targetOf(key);
        const isProvider = whom === PROVIDER;
        const { variable, provider } = key;
        return { variable, provider: isProvider ? provider : null, profile: isProvider ? null : whom };
      });
      const kept = await host.perform("import_keys", { ...(find.file === null ? {} : { file: find.file }), keys });
      toast({ text: words.kept(kept.length) });
      onKept(kept);
      await readAgain();
    } catch (cause) {
      if (!(cause instanceof HostError)) throw cause;
      setError(cause);
      setBusy(false);
    }
  };

  // A variable may be named by several providers, of which most are not in use here.
  const wanted = find.keys.filter(({ waiting }) => waiting.length > 0);
  const others = find.keys.filter(({ waiting }) => waiting.length === 0);
  const list = (keys: readonly FoundKey[]) => (
    <ul className="mt-1 flex flex-col">
      {keys.map((key) => (
        <li key={keyOf(key)} className="border-t border-line py-2.5 first:border-t-0">
          <Found
            found={key}
            title={title(key.provider)}
            target={targetOf(key)}
            onSet={(target) => {
              set(key, target);
            }}
          />
        </li>
      ))}
    </ul>
  );

  return (
    <section aria-label={words.list} data-testid="found-keys" className="mt-4 border-t border-line pt-3">
      <h4 className="font-medium wrap-anywhere">
        {find.file === null ? words.fromEnvironment : words.fromFile(find.file)}
      </h4>
      {find.keys.length === 0 ? (
        <p className="text-ink-2">
          {words.none}{" "}
          <span className="text-ink-3">
            {words.noneWhy(listed([...new Set(catalogue.flatMap(({ variables }) => variables))]))}
          </span>
        </p>
      ) : (
        <>
          {list(wanted)}
          {others.length > 0 && (
            <details open={wanted.length === 0} className="border-t border-line py-2">
              <summary className="cursor-pointer text-ink-2">{words.others(others.length)}</summary>
              {list(others)}
            </details>
          )}
          {error && <ErrorNote error={error} />}
          <Button
            look="main"
            className="mt-2"
            data-testid="keep-keys"
            aria-disabled={busy || taken.length === 0}
            onClick={() => void keep()}
          >
            {busy ? words.busy : taken.length === 0 ? words.nothing : words.act(taken.length)}
          </Button>
        </>
      )}
    </section>
  );
}

interface FoundProps {
  found: FoundKey;
  title: string;
  target: Target;
  onSet: (target: Target) => void;
}

function Found({ found, title, target, onSet }: FoundProps) {
  const { variable, lastFour, waiting, stored } = found;
  const isProvider = target.whom === PROVIDER;
  const host = isProvider ? found.host : (waiting.find(({ name }) => name === target.whom)?.host ?? null);
  return (
    <>
      <label className="flex items-start gap-2.5">
        <input
          type="checkbox"
          aria-label={words.take(variable)}
          checked={target.taken}
          onChange={() => {
            onSet({ ...target, taken: !target.taken });
          }}
          className="mt-0.75 size-3.5 shrink-0 accent-accent"
        />
        <span className="min-w-0 font-mono text-small leading-5 wrap-anywhere">
          {variable} {lastFour !== null && <span className="font-sans text-ink-3">{words.endsIn(lastFour)}</span>}
        </span>
      </label>
      <div className="mt-1 pl-6">
        <Select
          label={words.keepFor(variable)}
          value={target.whom}
          choices={[
            { value: PROVIDER, text: words.forProvider(title) },
            ...waiting.map(({ name }) => ({ value: name, text: words.forProfile(name) })),
          ]}
          onChoose={(whom) => {
            onSet({ whom, taken: true });
          }}
        />
        <p className="mt-1 text-small wrap-anywhere text-ink-2">
          {host === null ? words.goesWhere : words.goesTo(host)}
        </p>
        {stored && isProvider && <p className="text-small text-waiting">{words.stored}</p>}
      </div>
    </>
  );
}

function Kept({ keys, onClose }: { keys: readonly ImportedKey[]; onClose: () => void }) {
  const { data: catalogue = [] } = useAsked("catalogue", {});
  const title = (provider: string) => catalogue.find(({ name }) => name === provider)?.title ?? provider;
  return (
    <div data-testid="kept-keys" className="mt-4 rounded-control bg-well px-3 py-2.5">
      <ul>
        {keys.map(({ variable, provider, profile, lastFour }) => (
          <li key={`${variable} ${profile ?? ""}`} className="flex items-start gap-2">
            <KeyRound className="mt-0.75 size-3.5 shrink-0 text-ok" aria-hidden="true" />
            <span className="min-w-0 wrap-anywhere">
              {words.keptFor(variable, profile ?? title(provider ?? ""))}
              {lastFour !== null && <span className="text-ink-3">, {words.endsIn(lastFour)}</span>}
            </span>
          </li>
        ))}
      </ul>
      <p className="mt-1 text-small text-ink-2">{words.later}</p>
      <Button look="quiet" className="-ml-2" onClick={onClose}>
        {words.close}
      </Button>
    </div>
  );
}
