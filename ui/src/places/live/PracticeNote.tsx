import { useState } from "react";
import { useDo } from "../../ask.ts";
import { Button } from "../../components/Button.tsx";
import { useToast } from "../../components/Toasts.tsx";
import { HostError } from "../../host/host.ts";
import { strings } from "../../strings.ts";

const words = strings.live;

/** Says that the members are simulated, and sends them a request, so that a failover can be seen without any tool. */
export function PracticeNote({ route }: { route: string }) {
  const act = useDo();
  const toast = useToast();
  const [busy, setBusy] = useState(false);
  const send = async () => {
    setBusy(true);
    const result = await act((host) => host.perform("test_profile", { name: route }));
    setBusy(false);
    if (result && !result.ok) {
      toast({ error: new HostError("request_failed", result.message ?? words.practiceFailed, result.hint ?? "") });
    }
  };
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line px-4 py-2.5">
      <p className="min-w-0 flex-1 basis-80 text-ink-2">
        <strong className="font-semibold text-ink">{words.practiceTitle}</strong> {words.practiceText}
      </p>
      {/* Not disabled while it runs: focus would be lost. */}
      <Button
        data-testid="practice-send"
        aria-disabled={busy}
        onClick={() => {
          if (!busy) void send();
        }}
      >
        {words.practiceSend}
      </Button>
    </div>
  );
}
