import { Plus, X } from "lucide-react";
import { useEffect, useId, useState, type SubmitEvent } from "react";
import { useKeep, useReadAgain } from "../../ask.ts";
import { Button, focused } from "../../components/Button.tsx";
import { ErrorNote } from "../../components/ErrorNote.tsx";
import { TextField, fieldClass } from "../../components/Field.tsx";
import { Segmented } from "../../components/Segmented.tsx";
import { useToast } from "../../components/Toasts.tsx";
import type { ModelView, ProviderDraft, ProviderView } from "../../host/generated.ts";
import { HostError, useHost, type Host } from "../../host/host.ts";
import { strings } from "../../strings.ts";
import { Choice } from "./Choice.tsx";

const words = strings.profiles.ofProvider;

type Dialect = keyof typeof words.dialects;
type Header = keyof typeof words.headers;

const dialects = Object.keys(words.dialects) as Dialect[];
const headers = Object.keys(words.headers) as Header[];

/** The header that a format's own provider takes. */
const usual: Record<Dialect, Header> = {
  "openai-chat": "bearer",
  "openai-responses": "bearer",
  anthropic: "x-api-key",
  gemini: "x-goog-api-key",
};

/** What stands in the fields, as typed. */
interface Values {
  name: string;
  title: string;
  dialect: Dialect;
  baseUrl: string;
  needsKey: boolean;
  header: Header;
  variables: string;
  models: { id: string; context: string; output: string }[];
}

function valuesOf(provider: ProviderView | undefined): Values {
  const one = <Known extends string>(known: readonly Known[], value: string | undefined, otherwise: Known) =>
    known.find((each) => each === value) ?? otherwise;
  const dialect = one(dialects, provider?.dialect, "openai-chat");
  const size = (tokens: number | null) => tokens?.toString() ?? "";
  return {
    name: provider?.name ?? "",
    title: provider && provider.title !== provider.name ? provider.title : "",
    dialect,
    baseUrl: provider?.baseUrl ?? "",
    needsKey: provider?.needsKey ?? true,
    header: one(headers, provider?.keyHeader, usual[dialect]),
    variables: provider?.variables.join(", ") ?? "",
    models: (provider?.models ?? []).map((model) => ({
      id: model.id,
      context: size(model.contextWindow),
      output: size(model.maxOutput),
    })),
  };
}

const listOf = (text: string) =>
  text
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");

const tokens = (text: string) => (text.trim() === "" ? null : Number(text));

function draftOf(values: Values): ProviderDraft {
  const models = values.models.map(({ id, context, output }): ModelView => ({
    id: id.trim(),
    contextWindow: tokens(context),
    maxOutput: tokens(output),
  }));
  return {
    name: values.name.trim(),
    title: values.title.trim() === "" ? null : values.title.trim(),
    dialect: values.dialect,
    baseUrl: values.baseUrl.trim(),
    needsKey: values.needsKey,
    keyHeader: values.header,
    variables: listOf(values.variables),
    models,
  };
}

/** What is wrong with the fields, by field; a list of models has one word for all of it. */
function wrongIn(values: Values, taken: readonly string[]): Partial<Record<keyof Values, string>> {
  const name = values.name.trim();
  const url = values.baseUrl.trim();
  const isHttp = URL.canParse(url) && ["http:", "https:"].includes(new URL(url).protocol);
  const ids = values.models.map(({ id }) => id.trim());
  const isSize = (text: string) => text.trim() === "" || /^[1-9]\d*$/u.test(text.trim());
  const models = values.models.every(
    ({ context, output }, at) =>
      ids[at] !== "" && ids.indexOf(ids[at] ?? "") === at && isSize(context) && isSize(output),
  );
  return {
    ...(name === "" ? { name: words.nameEmpty } : taken.includes(name) ? { name: words.nameTaken } : {}),
    ...(isHttp ? {} : { baseUrl: words.baseUrlBad }),
    ...(listOf(values.variables).every((each) => /^\w+$/u.test(each)) ? {} : { variables: words.variablesBad }),
    ...(models ? {} : { models: words.modelBad }),
  };
}

interface ProviderFormProps {
  /** The provider that is changed; absent: one is added. */
  provider: ProviderView | undefined;
  /** Names that others have. */
  taken: readonly string[];
  onDirty: (dirty: boolean) => void;
  /** Saved under that name, or given up, or removed. */
  onDone: (saved?: string) => void;
}

/** A provider of the user's own: made, changed, removed. */
export function ProviderForm({ provider, taken, onDirty, onDone }: ProviderFormProps) {
  const host = useHost();
  const keep = useKeep();
  const toast = useToast();
  const readAgain = useReadAgain();
  const [typed, setTyped] = useState<Values>();
  const [tried, setTried] = useState(false);
  const [asked, setAsked] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<HostError>();
  const values = typed ?? valuesOf(provider);
  const isDirty = typed !== undefined;
  useEffect(() => {
    onDirty(isDirty);
    // Told when it changes, not when the parent makes another function of it.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [isDirty]);

  const wrong = wrongIn(values, taken);
  const seen = tried ? wrong : {};
  const set = (change: Partial<Values>) => {
    setTyped({ ...values, ...change });
  };
  const title = provider?.title ?? words.add;

  const send = async (act: (to: Host) => Promise<ProviderView[]>, said: string, saved?: string) => {
    if (busy) return;
    setBusy(true);
    setError(undefined);
    try {
      keep("catalogue", {}, await act(host));
      toast({ text: said });
      await readAgain();
      onDone(saved);
    } catch (cause) {
      if (!(cause instanceof HostError)) throw cause;
      setError(cause);
      setAsked(false);
    } finally {
      setBusy(false);
    }
  };
  const save = (event: SubmitEvent) => {
    event.preventDefault();
    setTried(true);
    if (Object.keys(wrong).length > 0) return;
    const draft = draftOf(values);
    void send((to) => to.perform("add_provider", draft), words.saved(draft.title ?? draft.name), draft.name);
  };

  return (
    <form
      noValidate
      aria-label={provider ? words.change(provider.title) : words.add}
      onSubmit={save}
      className="@container rounded-panel border border-line bg-panel p-5 shadow-panel"
    >
      <h2 className="mb-4 text-strong font-semibold tracking-tight wrap-anywhere">{title}</h2>
      <div className="grid gap-x-4 gap-y-3 @min-[520px]:grid-cols-2">
        {!provider && (
          <TextField
            label={words.name}
            hint={words.nameHint}
            error={seen.name}
            // The user asked for this form: the first thing to do in it is to type.
            // eslint-disable-next-line jsx-a11y/no-autofocus
            autoFocus
            value={values.name}
            onChange={(event) => {
              set({ name: event.target.value });
            }}
          />
        )}
        <TextField
          label={words.title}
          hint={words.titleHint}
          value={values.title}
          onChange={(event) => {
            set({ title: event.target.value });
          }}
        />
        <Choice
          label={words.dialect}
          // Two names fill the row above; one leaves room in its own.
          className={provider ? "" : "@min-[520px]:col-span-2"}
          value={values.dialect}
          choices={dialects.map((value) => ({ value, text: words.dialects[value] }))}
          onChoose={(dialect) => {
            set({ dialect, header: usual[dialect] });
          }}
        />
        <TextField
          mono
          label={words.baseUrl}
          hint={words.baseUrlHint[values.dialect]}
          error={seen.baseUrl}
          value={values.baseUrl}
          onChange={(event) => {
            set({ baseUrl: event.target.value });
          }}
          fieldClassName="@min-[520px]:col-span-2"
        />
        <div>
          <p aria-hidden="true" className="mb-1 text-small font-medium text-ink-2">
            {words.auth}
          </p>
          <Segmented
            legend={words.auth}
            choices={["key", "none"]}
            words={words.auths}
            value={values.needsKey ? "key" : "none"}
            onChoose={(choice) => {
              set({ needsKey: choice === "key" });
            }}
          />
        </div>
        <Choice
          label={words.header}
          value={values.header}
          choices={headers.map((value) => ({ value, text: words.headers[value] }))}
          onChoose={(header) => {
            set({ header });
          }}
        />
        <TextField
          mono
          label={words.variables}
          hint={words.variablesHint}
          error={seen.variables}
          placeholder="MY_API_KEY"
          value={values.variables}
          onChange={(event) => {
            set({ variables: event.target.value });
          }}
          fieldClassName="@min-[520px]:col-span-2"
        />
      </div>
      <Models
        models={values.models}
        wrong={seen.models}
        onChange={(models) => {
          set({ models });
        }}
      />
      {error && <ErrorNote error={error} />}
      <div className="mt-5 flex flex-wrap items-center gap-2">
        <Button type="submit" look="main" data-testid="save-provider" aria-disabled={busy || (provider && !isDirty)}>
          {words.save}
        </Button>
        <Button
          onClick={() => {
            onDone();
          }}
        >
          {words.cancel}
        </Button>
        {provider && !asked && (
          <Button
            look="danger"
            className="ml-auto"
            data-testid="remove-provider"
            onClick={() => {
              setAsked(true);
            }}
          >
            {words.remove}
          </Button>
        )}
        {provider && asked && (
          <span className="ml-auto flex flex-wrap gap-2">
            <Button
              ref={focused}
              onClick={() => {
                setAsked(false);
              }}
            >
              {words.keep}
            </Button>
            <Button
              look="danger"
              data-testid="remove-provider-now"
              onClick={() =>
                void send((to) => to.perform("remove_provider", { name: provider.name }), words.removed(provider.title))
              }
            >
              {words.removeNow}
            </Button>
          </span>
        )}
      </div>
    </form>
  );
}

interface ModelsProps {
  models: Values["models"];
  wrong: string | undefined;
  onChange: (models: Values["models"]) => void;
}

function Models({ models, wrong, onChange }: ModelsProps) {
  const note = useId();
  const put = (at: number, change: Partial<Values["models"][number]>) => {
    onChange(models.map((model, index) => (index === at ? { ...model, ...change } : model)));
  };
  const shared = { "aria-describedby": note, autoComplete: "off", spellCheck: false } as const;
  const look = `${fieldClass} font-mono text-small leading-5`;
  return (
    <div className="mt-4 border-t border-line pt-3">
      <h3 className="font-medium">{words.models}</h3>
      <p className="text-small text-ink-3">{words.modelsWhy}</p>
      {models.length > 0 && (
        <ul aria-label={words.models} className="mt-2 flex flex-col gap-2">
          {models.map(({ id, context, output }, at) => (
            // A row has no name of its own while it is typed.
            <li key={at} className="flex items-start gap-2">
              <input
                {...shared}
                aria-label={words.model(String(at + 1))}
                placeholder="my-model"
                value={id}
                onChange={(event) => {
                  put(at, { id: event.target.value });
                }}
                className={look}
              />
              <input
                {...shared}
                inputMode="numeric"
                aria-label={words.context(String(at + 1))}
                placeholder={words.contextHint}
                value={context}
                onChange={(event) => {
                  put(at, { context: event.target.value });
                }}
                className={`${look} max-w-26`}
              />
              <input
                {...shared}
                inputMode="numeric"
                aria-label={words.output(String(at + 1))}
                placeholder={words.outputHint}
                value={output}
                onChange={(event) => {
                  put(at, { output: event.target.value });
                }}
                className={`${look} max-w-26`}
              />
              <Button
                look="quiet"
                aria-label={words.modelRemove(String(at + 1))}
                className="px-1.5 text-ink-3"
                onClick={() => {
                  onChange(models.toSpliced(at, 1));
                }}
              >
                <X className="my-0.5 size-4" aria-hidden="true" />
              </Button>
            </li>
          ))}
        </ul>
      )}
      <p id={note} className="text-small text-bad">
        {wrong}
      </p>
      <Button
        look="quiet"
        className="-ml-2"
        onClick={() => {
          onChange([...models, { id: "", context: "", output: "" }]);
        }}
      >
        <Plus className="size-4" aria-hidden="true" />
        {words.modelAdd}
      </Button>
    </div>
  );
}
