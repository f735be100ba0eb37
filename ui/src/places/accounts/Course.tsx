import { useEffect, useRef, useState, type SubmitEvent } from "react";
import { useReadAgain } from "../../ask.ts";
import { Button } from "../../components/Button.tsx";
import { Countdown } from "../../components/Countdown.tsx";
import { ErrorNote } from "../../components/ErrorNote.tsx";
import { TextField } from "../../components/Field.tsx";
import { useToast } from "../../components/Toasts.tsx";
import type { LoginMethod, LoginView, LoginWait, ProviderAccounts } from "../../host/generated.ts";
import { HostError, useHost } from "../../host/host.ts";
import { strings } from "../../strings.ts";

const words = strings.accounts.course;

interface CourseProps {
  of: ProviderAccounts;
  login: LoginView;
  account: string;
  /** One that is under way already. */
  under: LoginWait | undefined;
  /** It is over, and read. */
  onOver: () => void;
}

const runs = ({ step }: LoginWait) => step === "starting" || step === "waiting" || step === "finishing";

/** One login, from the notice to its end. Escape cancels it. */
export function Course({ of, login, account, under, onOver }: CourseProps) {
  const host = useHost();
  const toast = useToast();
  const readAgain = useReadAgain();
  const [wait, setWait] = useState(under);
  const [error, setError] = useState<HostError>();
  const [closed, setClosed] = useState(false);
  const [pasted, setPasted] = useState("");
  const [openFailed, setOpenFailed] = useState(false);
  const opened = useRef<string>(undefined);
  // The one that another way has taken the place of: the engine cancels it, which is no news.
  const left = useRef<string>(undefined);
  const panel = useRef<HTMLDivElement>(null);
  const asksFirst = login.mustAccept && wait === undefined;

  const told = (cause: unknown) => {
    if (!(cause instanceof HostError)) throw cause;
    setError(cause);
  };
  const begin = (method?: LoginMethod) => {
    setError(undefined);
    setOpenFailed(false);
    left.current = wait?.id;
    const how = method === undefined ? {} : { method };
    host
      .perform("start_login", { provider: of.provider, account, acceptNotice: true, ...how })
      .then(setWait)
      .catch(told);
  };

  // What was asked for begins at once, unless there is something to read first.
  const started = useRef(false);
  useEffect(() => {
    if (started.current || under !== undefined || login.mustAccept) return;
    started.current = true;
    begin();
  });

  useEffect(() => {
    panel.current?.focus();
  }, []);
  // What had the focus may be gone with the step; Escape still cancels then.
  useEffect(() => {
    if (document.activeElement === document.body) panel.current?.focus();
  }, [asksFirst, wait?.step]);

  const id = wait?.id;
  const isRunning = wait !== undefined && runs(wait);
  const seen = wait?.version;
  useEffect(() => {
    if (id === undefined || !isRunning) return;
    let current = true;
    host.perform("login", { id, seen: seen ?? 0 }).then(
      (next) => {
        // Also without news: asked again, for as long as it runs.
        if (current && left.current !== id) setWait({ ...next });
      },
      (cause: unknown) => {
        if (current) told(cause);
      },
    );
    return () => {
      current = false;
    };
  }, [host, id, isRunning, seen, wait]);

  const address = wait?.address;
  const open = (page: string) => {
    setOpenFailed(false);
    host.openAddress(page).catch(() => {
      setOpenFailed(true);
    });
  };
  useEffect(() => {
    // A login that was begun elsewhere has its page open there.
    if (address == null || id === undefined || opened.current === id || under?.id === id) return;
    opened.current = id;
    open(address);
  });

  const done = wait?.step === "done";
  useEffect(() => {
    if (!done) return;
    toast({ text: words.done(of.title) });
    void readAgain();
    onOver();
    // The toast is shown once, when it is done.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [done]);

  const cancel = () => {
    if (wait !== undefined && isRunning) {
      host.perform("cancel_login", { id: wait.id }).catch(told);
      toast({ text: words.cancelled });
    }
    setClosed(true);
    onOver();
  };
  const paste = (event: SubmitEvent) => {
    event.preventDefault();
    if (wait === undefined || pasted.trim() === "") return;
    host.perform("paste_login_code", { id: wait.id, text: pasted }).then(setWait).catch(told);
    setPasted("");
  };
  const copy = (text: string) =>
    void host.copyText(text).then(() => {
      toast({ text: words.copied });
    }, told);

  if (closed) return null;
  const otherWays = login.methods.filter((method) => method !== wait?.method);
  const failed = error ?? wait?.problem;
  return (
    // Escape is for whoever has the focus anywhere in it.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <div
      role="dialog"
      aria-label={words.title(of.title, account)}
      tabIndex={-1}
      ref={panel}
      data-testid="login-course"
      data-step={wait?.step}
      onKeyDown={(event) => {
        if (event.key === "Escape") cancel();
      }}
      className="mt-3 rounded-panel border border-edge bg-raise p-4"
    >
      <p className="font-medium">{words.title(of.title, account)}</p>
      {asksFirst && <p className="mt-2">{login.notice}</p>}
      {wait?.step === "starting" && <p className="mt-2 text-ink-2">{words.starting}</p>}
      {wait?.step === "finishing" && <p className="mt-2 text-ink-2">{words.finishing}</p>}
      {wait?.step === "cancelled" && <p className="mt-2 text-ink-2">{words.cancelled}</p>}
      {wait?.step === "waiting" && (
        <>
          {wait.code === null ? (
            <p className="mt-2 text-ink-2">{openFailed ? words.notOpened : words.opened}</p>
          ) : (
            <>
              <p className="mt-2 text-ink-2">{words.enter(wait.page ?? "")}</p>
              <p className="mt-2 flex flex-wrap items-center gap-3">
                <span className="font-mono text-[28px] leading-9 tracking-widest select-all" data-testid="login-code">
                  {wait.code}
                </span>
                <Button
                  onClick={() => {
                    copy(wait.code ?? "");
                  }}
                >
                  {words.copy}
                </Button>
              </p>
            </>
          )}
          {wait.address !== null && (
            <div className="mt-3 flex flex-wrap items-end gap-2">
              <TextField
                mono
                readOnly
                label={words.address}
                value={wait.address}
                data-testid="login-address"
                fieldClassName="min-w-0 flex-1 basis-60"
              />
              <div className="mb-1 flex gap-2">
                <Button
                  onClick={() => {
                    copy(wait.address ?? "");
                  }}
                >
                  {words.copy}
                </Button>
                <Button
                  look="quiet"
                  onClick={() => {
                    open(wait.address ?? "");
                  }}
                >
                  {words.open}
                </Button>
              </div>
            </div>
          )}
          {wait.canPaste && (
            <form noValidate aria-label={words.pasted} onSubmit={paste} className="flex flex-wrap items-end gap-2">
              <TextField
                type="password"
                label={words.pasted}
                hint={words.pastedHint}
                value={pasted}
                onChange={(event) => {
                  setPasted(event.target.value);
                }}
                fieldClassName="min-w-0 flex-1 basis-60"
              />
              <Button type="submit" className="mb-6" aria-disabled={pasted.trim() === ""}>
                {words.paste}
              </Button>
            </form>
          )}
          <p className="mt-1 text-small text-ink-3">
            {words.left} <Countdown until={wait.until} />
          </p>
        </>
      )}
      {failed && <ErrorNote error={failed} />}
      <div className="mt-3 flex flex-wrap gap-2">
        {asksFirst && (
          <Button
            look="main"
            onClick={() => {
              started.current = true;
              begin();
            }}
          >
            {words.accept}
          </Button>
        )}
        {wait !== undefined && !isRunning && !done && (
          <Button
            look="main"
            onClick={() => {
              begin(wait.method);
            }}
          >
            {words.retry}
          </Button>
        )}
        {wait?.step === "waiting" && otherWays.includes("paste") && (
          <Button
            look="quiet"
            onClick={() => {
              begin("paste");
            }}
          >
            {words.instead}
          </Button>
        )}
        {wait?.step === "waiting" && otherWays.includes("device") && (
          <Button
            look="quiet"
            onClick={() => {
              begin("device");
            }}
          >
            {words.device}
          </Button>
        )}
        <Button look="quiet" className="first:-ml-2" onClick={cancel}>
          {isRunning || asksFirst ? words.cancel : words.close}
        </Button>
      </div>
    </div>
  );
}
