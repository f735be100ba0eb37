import { useState, type SubmitEvent } from "react";
import { useAskedAnew, useKeep } from "../../ask.ts";
import { Button } from "../../components/Button.tsx";
import { ErrorNote } from "../../components/ErrorNote.tsx";
import { TextField } from "../../components/Field.tsx";
import { Notice } from "../../components/Notice.tsx";
import { useToast } from "../../components/Toasts.tsx";
import { count, dayAndTime, size } from "../../figures.ts";
import type { HistoryView, RetentionDraft } from "../../host/generated.ts";
import { HostError, useHost } from "../../host/host.ts";
import { strings } from "../../strings.ts";
import { Answers, AskToDelete, useDeletion } from "./Deletion.tsx";
import { Panel, Term, Terms } from "./Panel.tsx";

const words = strings.settings.history;

/** How the history stands, how long it is kept, what is in it, and its end. */
export function HistorySettings({ shown }: { shown: boolean }) {
  const { data: history, error } = useAskedAnew("history", {}, shown);
  return (
    <>
      {error && <ErrorNote error={error} />}
      {history && (
        <>
          {history.notice && <Notice notice={history.notice} />}
          <div className="grid items-start gap-5 wide:grid-cols-2">
            <Panel title={words.stands}>
              <State history={history} />
            </Panel>
            <Panel title={words.retention} why={words.retentionWhy}>
              <Retention retention={history.retention} />
            </Panel>
            <Panel title={words.stored}>
              <p className="text-ink-2">{words.storedWhy}</p>
              <h4 className="mt-3 font-medium">{words.notStored}</h4>
              <p className="mt-0.5 text-ink-2">{words.notStoredWhy}</p>
            </Panel>
            <Panel title={words.deleteTitle} why={words.deleteWhy}>
              <Delete />
            </Panel>
          </div>
        </>
      )}
    </>
  );
}

function State({ history }: { history: HistoryView }) {
  const { recording, lost, exchanges, oldest } = history;
  return (
    <Terms>
      <Term name={words.state}>
        <span className={`inline-flex items-center gap-2 ${recording ? "text-ok" : "text-bad"}`}>
          <svg viewBox="0 0 10 10" className="size-2.5" aria-hidden="true">
            {recording ? (
              <circle cx="5" cy="5" r="4.500" fill="currentColor" />
            ) : (
              <path d="m1.500 1.500 7 7m0-7-7 7" stroke="currentColor" strokeWidth="1.600" />
            )}
          </svg>
          {recording ? words.recording : words.notRecording}
        </span>
      </Term>
      {lost > 0 && <Term name={words.lost}>{words.lostCount(count(lost))}</Term>}
      <Term name={words.requests}>
        <span className="tabular-nums">{exchanges === null ? words.unreadable : count(exchanges)}</span>
      </Term>
      <Term name={words.size}>
        <span className="tabular-nums">{size(history.bytes)}</span>
      </Term>
      <Term name={words.oldest}>
        <span className="tabular-nums">{oldest === null ? words.noneYet : dayAndTime(oldest)}</span>
      </Term>
      <Term name={words.file}>
        <span className="font-mono text-small select-all">{history.path}</span>
      </Term>
    </Terms>
  );
}

function whole(text: string, least: number, most: number): number | undefined {
  const value = Number(text);
  return /^\d+$/u.test(text.trim()) && value >= least && value <= most ? value : undefined;
}

function Retention({ retention }: { retention: RetentionDraft }) {
  const host = useHost();
  const keep = useKeep();
  const toast = useToast();
  const [typed, setTyped] = useState<{ days: string; mebibytes: string }>();
  const [error, setError] = useState<HostError>();
  const values = typed ?? { days: String(retention.days), mebibytes: String(retention.mebibytes) };
  const days = whole(values.days, 1, 3650);
  const mebibytes = whole(values.mebibytes, 16, 65_536);
  const save = async (event: SubmitEvent) => {
    event.preventDefault();
    if (typed === undefined || days === undefined || mebibytes === undefined) return;
    try {
      keep("history", {}, await host.perform("set_retention", { days, mebibytes }));
      setTyped(undefined);
      setError(undefined);
      toast({ text: words.saved });
    } catch (cause) {
      if (!(cause instanceof HostError)) throw cause;
      setError(cause);
    }
  };
  return (
    <form noValidate aria-label={words.retention} onSubmit={(event) => void save(event)}>
      <div className="flex flex-wrap gap-x-3 gap-y-2">
        <TextField
          label={words.days}
          hint={words.daysHint}
          error={days === undefined ? words.daysBad : undefined}
          inputMode="numeric"
          value={values.days}
          onChange={(event) => {
            setTyped({ ...values, days: event.target.value });
          }}
          fieldClassName="min-w-0 flex-1 basis-32"
        />
        <TextField
          label={words.mebibytes}
          hint={words.mebibytesHint}
          error={mebibytes === undefined ? words.mebibytesBad : undefined}
          inputMode="numeric"
          value={values.mebibytes}
          onChange={(event) => {
            setTyped({ ...values, mebibytes: event.target.value });
          }}
          fieldClassName="min-w-0 flex-1 basis-32"
        />
      </div>
      {error && <ErrorNote error={error} />}
      <Button
        type="submit"
        className="mt-3"
        data-testid="save-retention"
        aria-disabled={typed === undefined || days === undefined || mebibytes === undefined}
      >
        {words.save}
      </Button>
    </form>
  );
}

function Delete() {
  const host = useHost();
  const keep = useKeep();
  const toast = useToast();
  const deletion = useDeletion(async () => {
    keep("history", {}, await host.perform("delete_history", {}));
    toast({ text: words.deleted });
  });
  return (
    <>
      {deletion.asked ? (
        <Answers of={deletion} keep={words.deleteNot} sure={words.deleteSure} testId="delete-history-now" />
      ) : (
        <AskToDelete of={deletion} label={words.delete} testId="delete-history" />
      )}
      {deletion.error && <ErrorNote error={deletion.error} />}
    </>
  );
}
