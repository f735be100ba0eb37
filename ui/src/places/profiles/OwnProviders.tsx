import { Plus } from "lucide-react";
import { Button } from "../../components/Button.tsx";
import { ProviderMark } from "../../components/ProviderMark.tsx";
import type { ProviderView } from "../../host/generated.ts";
import { strings } from "../../strings.ts";

const words = strings.profiles.ofProvider;

interface OwnProvidersProps {
  providers: readonly ProviderView[];
  /** The one whose form is shown. */
  present: string | undefined;
  /** Those whose form has changes that are not saved. */
  unsaved: readonly string[];
  onChoose: (name: string) => void;
  onAdd: () => void;
}

/** The providers that the user has added, and the way to one more. */
export function OwnProviders({ providers, present, unsaved, onChoose, onAdd }: OwnProvidersProps) {
  const own = providers.filter((each) => each.own);
  return (
    <section aria-label={words.own} className="mt-5">
      <h2 className="font-medium">{words.own}</h2>
      <p className="text-small text-ink-3">{words.ownWhy}</p>
      {own.length > 0 && (
        <ul className="mt-2 overflow-hidden rounded-panel border border-line bg-panel shadow-panel">
          {own.map(({ name, title, baseUrl }) => (
            <li key={name} className="border-t border-line first:border-t-0">
              <button
                type="button"
                data-testid={`provider-${name}`}
                aria-current={name === present ? "true" : undefined}
                onClick={() => {
                  onChoose(name);
                }}
                className="flex w-full items-start gap-2.5 px-3.5 py-2.5 text-left -outline-offset-2 hover:bg-well aria-[current]:bg-well aria-[current]:shadow-[inset_3px_0_var(--color-accent)]"
              >
                <ProviderMark provider={name} />
                <span className="block min-w-0 flex-1">
                  <span className="block font-medium wrap-anywhere">{title}</span>
                  <span className="block font-mono text-small wrap-anywhere text-ink-3">{baseUrl}</span>
                  {unsaved.includes(name) && (
                    <span className="block text-small font-medium text-waiting">{strings.profiles.unsaved}</span>
                  )}
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
      <Button look="quiet" className="mt-1 -ml-2" data-testid="add-provider" onClick={onAdd}>
        <Plus className="size-4" aria-hidden="true" />
        {words.add}
      </Button>
    </section>
  );
}
