import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useId } from "react";
import { useDo } from "../../ask.ts";
import { Button } from "../../components/Button.tsx";
import { ErrorNote } from "../../components/ErrorNote.tsx";
import { Notice } from "../../components/Notice.tsx";
import { Segmented } from "../../components/Segmented.tsx";
import type { Closing, NoticePreferences, Preferences, ShellView } from "../../host/generated-shell.ts";
import { useHost, type Shell } from "../../host/host.ts";
import { strings } from "../../strings.ts";
import { Panel } from "./Panel.tsx";

const words = strings.settings.window;

const KEY = ["shell"];

/** The window itself: what closing it does, the start at login, notifications, the end. */
export function WindowSettings({ shown }: { shown: boolean }) {
  const { shell } = useHost();
  return shell ? <Whole shell={shell} shown={shown} /> : <p className="text-ink-2">{words.inBrowser}</p>;
}

function Whole({ shell, shown }: { shell: Shell; shown: boolean }) {
  const { data: view, error } = useQuery({ queryKey: KEY, queryFn: () => shell.view(), enabled: shown, staleTime: 0 });
  const change = useChange();
  if (error) return <ErrorNote error={error} />;
  if (!view) return null;
  const { preferences } = view;
  const prefer = (part: Partial<Preferences>) => {
    const next = { ...preferences, ...part };
    void change({ ...view, preferences: next }, () => shell.setPreferences(next));
  };
  return (
    <>
      {view.problem && <Notice notice={view.problem} />}
      <div className="grid items-start gap-5 wide:grid-cols-2">
        <Panel title={words.closing} why={view.tray ? words.closingTray : words.closingTaskbar}>
          <div className="w-75 max-w-full">
            <Segmented<Closing>
              legend={words.closing}
              choices={["keep-running", "quit"]}
              words={words.closings}
              value={preferences.closing}
              onChoose={(closing) => {
                prefer({ closing });
              }}
            />
          </div>
        </Panel>
        <Panel title={words.login} why={words.loginWhy}>
          <Check
            label={words.startAtLogin}
            checked={view.startAtLogin}
            testId="start-at-login"
            onChange={(on) => void change({ ...view, startAtLogin: on }, () => shell.setStartAtLogin(on))}
          />
        </Panel>
        <Panel title={words.notices} why={words.noticesWhy}>
          <Notices
            value={preferences.notices}
            onChange={(notices) => {
              prefer({ notices });
            }}
          />
        </Panel>
        <Panel title={words.quit} why={words.quitWhy}>
          <Button data-testid="quit" onClick={() => void shell.quit("ask")}>
            {words.quitNow}
          </Button>
        </Panel>
      </div>
    </>
  );
}

/** Shows a change at once, and takes it back with a reason where the shell did not take it. */
function useChange() {
  const memory = useQueryClient();
  const act = useDo();
  return async (shown: ShellView, run: () => Promise<ShellView>) => {
    const before = memory.getQueryData<ShellView>(KEY);
    memory.setQueryData(KEY, shown);
    const after = await act(run);
    memory.setQueryData(KEY, after ?? before);
  };
}

const kinds = ["failedOver", "back", "allOut", "loginNeeded", "paid"] as const;

interface NoticesProps {
  value: NoticePreferences;
  onChange: (next: NoticePreferences) => void;
}

function Notices({ value, onChange }: NoticesProps) {
  return (
    <>
      <Check
        label={words.paused}
        checked={value.paused}
        testId="notices-paused"
        onChange={(paused) => {
          onChange({ ...value, paused });
        }}
      />
      <ul className="mt-2.5 flex flex-col gap-1.5 border-t border-line pt-2.5">
        {kinds.map((kind) => (
          <li key={kind}>
            <Check
              label={words.kinds[kind]}
              checked={value[kind]}
              testId={`notice-${kind}`}
              onChange={(on) => {
                onChange({ ...value, [kind]: on });
              }}
            />
          </li>
        ))}
      </ul>
    </>
  );
}

interface CheckProps {
  label: string;
  checked: boolean;
  testId: string;
  onChange: (on: boolean) => void;
}

function Check({ label, checked, testId, onChange }: CheckProps) {
  const id = useId();
  return (
    <div className="flex items-start gap-2.5">
      <input
        id={id}
        type="checkbox"
        className="mt-1 accent-accent"
        checked={checked}
        data-testid={testId}
        onChange={(event) => {
          onChange(event.currentTarget.checked);
        }}
      />
      <label htmlFor={id}>{label}</label>
    </div>
  );
}
