import { useAsked } from "../../ask.ts";
import { Sentence } from "../../components/Sentence.tsx";
import { useLive } from "../../feed.tsx";
import { count } from "../../figures.ts";
import type { LiveState } from "../../host/generated.ts";
import { strings } from "../../strings.ts";
import { listed, named } from "../../words.ts";
import { alsoInUse, outside } from "./elsewhere.ts";

const words = strings.live;

/** So many are named; the rest is counted. */
const NAMED = 4;

/** What goes on beside what is in use, in a line each: others that tools ask for by name, and profiles that wait outside. */
export function Elsewhere({ state }: { state: LiveState }) {
  const { exchanges } = useLive();
  const { data } = useAsked("profiles", {});
  const also = alsoInUse(state, exchanges);
  const others = state.active?.balancer ? outside(state, data?.profiles ?? []) : [];
  if (also.length === 0 && others.length === 0) return null;
  const shown = others.slice(0, NAMED).map(({ name, state: now }) => words.outsideOne(name, strings.state[now]));
  const rest = others.length - shown.length;
  return (
    <div className="border-t border-line px-4 py-2 text-small text-ink-3">
      {also.length > 0 && (
        <p data-testid="also-in-use">
          <Sentence
            text={words.alsoInUse(listed(also.map(({ route, requests }) => words.alsoOne(route, count(requests)))))}
          />
        </p>
      )}
      {others.length > 0 && (
        <p data-testid="outside">
          <Sentence
            nameClass="text-ink-2"
            text={words.outside(
              named(state.active?.name ?? ""),
              listed(rest > 0 ? [...shown, words.outsideMore(count(rest))] : shown),
            )}
          />
        </p>
      )}
    </div>
  );
}
