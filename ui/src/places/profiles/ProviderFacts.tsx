import { TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import type { ProviderView } from "../../host/generated.ts";
import { strings } from "../../strings.ts";

const words = strings.profiles.ofProvider;

const costWord = (cost: string) => (cost in words.costs ? words.costs[cost as keyof typeof words.costs] : cost);

const dialectWord = (dialect: string) =>
  dialect in words.dialects ? words.dialects[dialect as keyof typeof words.dialects] : dialect;

/** What is worth knowing of a provider before it is chosen: what the catalogue says, and nothing that it does not. */
export function ProviderFacts({ provider }: { provider: ProviderView }) {
  const { strengths, considerations, costClass, trainsOn, baseUrl } = provider;
  const dialect = dialectWord(provider.dialect);
  return (
    <dl
      aria-label={words.facts}
      data-testid="provider-facts"
      className="grid grid-cols-[84px_minmax(0,1fr)] gap-x-3 gap-y-0.5 rounded-control bg-well px-3 py-2 text-small"
    >
      {strengths !== null && <Fact name={words.strengths}>{strengths}</Fact>}
      {considerations !== null && <Fact name={words.considerations}>{considerations}</Fact>}
      {costClass !== null && <Fact name={words.cost}>{costWord(costClass)}</Fact>}
      {trainsOn !== null && (
        <Fact name={words.training}>
          <span className="inline-flex items-start gap-1.5 text-waiting">
            <TriangleAlert className="mt-0.75 size-3 shrink-0" aria-hidden="true" />
            {words.mayTrain(trainsOn)}
          </span>
        </Fact>
      )}
      <Fact name={words.speaks}>
        {baseUrl === null ? words.speaksWhere(dialect) : words.speaksAt(dialect, baseUrl)}
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-3">{name}</dt>
      <dd className="min-w-0 wrap-anywhere text-ink-2">{children}</dd>
    </>
  );
}
