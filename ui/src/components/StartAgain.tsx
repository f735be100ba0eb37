import { useState } from "react";
import { useReadAgain } from "../ask.ts";
import { useFollowAgain } from "../feed.tsx";
import { HostError, useHost, type StartChoice } from "../host/host.ts";
import { strings } from "../strings.ts";
import { Button } from "./Button.tsx";
import { ErrorNote } from "./ErrorNote.tsx";

const words = strings.secrets;

/** The secrets are there, but their key is not to be had now. */
const locked = ["keyring_unavailable", "keyring_timeout"];
/** The secrets are there, and their key will not come back by waiting. */
const lost = ["vault_key_lost", "vault_key_elsewhere", "vault_damaged"];

/** The ways on after a gateway that did not start, by what was in its way. */
export function StartAgain({ error }: { error: HostError }) {
  const host = useHost();
  const followAgain = useFollowAgain();
  const readAgain = useReadAgain();
  const [asking, setAsking] = useState(false);
  const [failure, setFailure] = useState<HostError>();
  const start = async (choice?: StartChoice) => {
    setAsking(false);
    setFailure(undefined);
    try {
      if (choice) await host.startAgain?.(choice);
      followAgain();
      await readAgain();
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      setFailure(error);
    }
  };
  const canChoose = host.startAgain !== undefined && [...locked, ...lost].includes(error.code);
  const canMove = host.startAgain !== undefined && error.code === "port_in_use";
  return (
    <>
      <div className="mt-4 flex flex-wrap gap-2">
        <Button look={canChoose ? "main" : "plain"} onClick={() => void start()}>
          {strings.live.followAgain}
        </Button>
        {canMove && (
          <Button data-testid="start-other-port" onClick={() => void start("other-port")}>
            {words.otherPort}
          </Button>
        )}
        {canChoose && (
          <>
            <Button data-testid="start-this-run" onClick={() => void start("this-run")}>
              {words.startThisRun}
            </Button>
            {lost.includes(error.code) && (
              <Button
                look="danger"
                aria-expanded={asking}
                data-testid="set-aside"
                onClick={() => {
                  setAsking(!asking);
                }}
              >
                {words.setAside}
              </Button>
            )}
          </>
        )}
      </div>
      {canMove && <p className="mt-2 max-w-150 text-small text-ink-3">{words.otherPortWhy}</p>}
      {canChoose && !asking && <p className="mt-2 max-w-150 text-small text-ink-3">{words.startThisRunWhy}</p>}
      {asking && (
        <div role="group" aria-label={words.setAside} className="mt-3 max-w-150 rounded-panel border border-line p-3.5">
          <p>{words.setAsideWhy}</p>
          <div className="mt-3 flex flex-wrap gap-2">
            <Button look="danger" data-testid="set-aside-now" onClick={() => void start("set-aside")}>
              {words.setAsideNow}
            </Button>
            <Button
              onClick={() => {
                setAsking(false);
              }}
            >
              {words.leave}
            </Button>
          </div>
        </div>
      )}
      {failure && <ErrorNote error={failure} />}
    </>
  );
}
