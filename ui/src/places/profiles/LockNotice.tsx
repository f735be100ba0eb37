import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useDo } from "../../ask.ts";
import { Button, focused } from "../../components/Button.tsx";
import { Notice } from "../../components/Notice.tsx";
import { useHost } from "../../host/host.ts";
import { strings } from "../../strings.ts";
import { timeOfDay } from "../../figures.ts";

const words = strings.profiles.lock;

/** How often the lock is looked at, in milliseconds; it is no file of the list, so nobody tells of it. */
const EVERY = 5000;
/** Who writes holds it for less than this. */
const LONG = 10_000;

/** The lock over the profiles, when it was left behind or is held for long: whose it is, and its removal after a question. */
export function LockNotice() {
  const host = useHost();
  const act = useDo();
  const [asked, setAsked] = useState<string>();
  const { data, dataUpdatedAt, refetch } = useQuery({
    queryKey: ["profiles_lock"],
    queryFn: () => host.perform("profiles_lock", {}),
    refetchInterval: EVERY,
  });
  const holder = data?.holder;
  if (!holder) return null;
  const long = holder.since === null || dataUpdatedAt - holder.since > LONG;
  if (holder.alive !== false && !long) return null;
  const remove = () =>
    act(async (to) => {
      await to.perform("remove_lock", { seen: holder.seen });
    }).finally(() => {
      setAsked(undefined);
      void refetch();
    });
  const who = holder.pid === null ? words.somebody : words.process(String(holder.pid));
  return (
    <div data-testid="lock" className="mt-4">
      <Notice
        notice={{
          code: "profiles_locked",
          message: holder.since === null ? words.held(who) : words.heldSince(who, timeOfDay(holder.since)),
          hint: holder.alive === false ? words.gone : holder.alive === true ? words.alive : words.unknown,
        }}
      />
      <div className="-mt-2 flex flex-wrap gap-2">
        {asked === holder.seen ? (
          <>
            <Button look="danger" data-testid="lock-remove-now" onClick={() => void remove()}>
              {words.removeNow}
            </Button>
            <Button
              ref={focused}
              onClick={() => {
                setAsked(undefined);
              }}
            >
              {words.leave}
            </Button>
          </>
        ) : (
          <Button
            data-testid="lock-remove"
            onClick={() => {
              setAsked(holder.seen);
            }}
          >
            {words.remove}
          </Button>
        )}
      </div>
    </div>
  );
}
