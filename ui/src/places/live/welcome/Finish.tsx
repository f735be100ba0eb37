import { Check } from "lucide-react";
import { useState } from "react";
import { useDo } from "../../../ask.ts";
import { Button } from "../../../components/Button.tsx";
import { Select } from "../../../components/Select.tsx";
import { Sentence } from "../../../components/Sentence.tsx";
import { StatePill } from "../../../components/StateMark.tsx";
import { useToast } from "../../../components/Toasts.tsx";
import { useLive } from "../../../feed.tsx";
import type { LiveState } from "../../../host/generated.ts";
import { HostError } from "../../../host/host.ts";
import { strings } from "../../../strings.ts";
import { ToolCard } from "../../connect/Connect.tsx";
import { tools } from "../../connect/tools.ts";
import type { Go } from "../../go.ts";
import { isOut } from "../sentence.ts";

const words = strings.welcome;

/** How long a member is taken out for, in seconds. */
const OUT_S = 60;

/** One tool is pointed at the gateway, until its first request is seen. */
export function ConnectStep({ go, onNext }: { go: Go; onNext: () => void }) {
  const [chosen, setChosen] = useState("claude");
  const { exchanges } = useLive();
  const seen = exchanges.some(({ tool }) => tool !== null && tool !== "Mainstay");
  return (
    <>
      <div className="mb-3 flex flex-wrap items-center gap-x-3 gap-y-2">
        <p className="min-w-0 flex-1 basis-60 text-ink-2">{words.connectWhy}</p>
        <Select
          label={words.tool}
          value={chosen}
          choices={tools.map(({ id, title }) => ({ value: id, text: title }))}
          onChoose={setChosen}
          className="w-44"
        />
      </div>
      <ToolCard id={chosen} go={go} />
      <Button look={seen ? "main" : "plain"} className="mt-3" data-testid="guide-connected" onClick={onNext}>
        {seen ? words.goOn : words.later}
      </Button>
    </>
  );
}

interface FailoverStepProps {
  state: LiveState;
  /** Goes back for a second provider. */
  onSecond: () => void;
  onDone: () => void;
}

/** The first member is taken out for a minute, and the next one answers. It ends by itself. */
export function FailoverStep({ state, onSecond, onDone }: FailoverStepProps) {
  const act = useDo();
  const toast = useToast();
  const [busy, setBusy] = useState(false);
  // Who was taken out here: it stays the one that is spoken of when it is back.
  const [taken, setTaken] = useState<string>();
  const { exchanges } = useLive();
  const { members, active } = state;
  const [first] = members.filter((member) => !isOut(member));
  const out = members.find((member) => member.state === "taken-out");
  const [last] = exchanges;
  const told = taken ?? out?.name;
  const saved = last?.steps.some((step) => step.member === told && step.kind === "skipped") ? last.servedBy : null;
  const enough = state.ready >= 2 || out !== undefined;

  const takeOut = (member: string) =>
    act(async (host) => {
      await host.perform("take_out", { member, seconds: OUT_S });
      setTaken(member);
    });
  const send = async () => {
    if (!active || busy) return;
    setBusy(true);
    const result = await act((host) => host.perform("test_profile", { name: active.name }));
    setBusy(false);
    if (result && !result.ok) {
      toast({
        error: new HostError("request_failed", result.message ?? strings.live.practiceFailed, result.hint ?? ""),
      });
    }
  };
  return (
    <>
      {!enough ? (
        <p className="text-ink-2">{words.unprotected}</p>
      ) : (
        <ul className="mb-3 grid max-w-120 gap-1.5">
          {members.map(({ name, state: now, until }) => (
            <li key={name} className="flex flex-wrap items-center gap-x-3 gap-y-1" data-testid={`guide-state-${name}`}>
              <span className="min-w-0 flex-1 font-medium wrap-anywhere">{name}</span>
              <StatePill state={now} until={until} />
            </li>
          ))}
        </ul>
      )}
      <p role="status" className="text-ink-2">
        {out ? (
          <Sentence text={words.takenOut(out.name)} until={out.until} />
        ) : (
          enough && first && taken === undefined && <Sentence text={words.failoverWhy(first.name)} />
        )}
        {saved !== null && (
          <span className="mt-1 flex items-start gap-2" data-testid="guide-saved">
            <Check className="mt-0.5 size-4 shrink-0 text-ok" aria-hidden="true" />
            <span className="min-w-0">
              <Sentence text={words.answeredBy(saved)} />
            </span>
          </span>
        )}
      </p>
      <div className="mt-3 flex flex-wrap gap-2">
        {!enough && (
          <Button look="main" onClick={onSecond}>
            {words.addSecond}
          </Button>
        )}
        {enough && !out && first && (
          <Button
            look={taken === undefined ? "main" : "plain"}
            data-testid="take-out"
            onClick={() => void takeOut(first.name)}
          >
            {words.takeOut(first.name)}
          </Button>
        )}
        {out && (
          <>
            <Button
              look={saved === null ? "main" : "plain"}
              data-testid="guide-send"
              aria-disabled={busy}
              onClick={() => void send()}
            >
              {busy ? words.sending : words.send}
            </Button>
            <Button onClick={() => void act((host) => host.perform("try_now", { member: out.name }))}>
              {words.tryNow}
            </Button>
          </>
        )}
        <Button
          look={saved !== null || (taken !== undefined && !out) ? "main" : "plain"}
          data-testid="guide-finish"
          onClick={onDone}
        >
          {words.finish}
        </Button>
      </div>
    </>
  );
}
