import { useState } from "react";
import { useDo, useReadAgain, useUndoable } from "../../ask.ts";
import { Button } from "../../components/Button.tsx";
import type { Finding } from "../../host/generated.ts";
import { strings } from "../../strings.ts";

/** Puts right what lint found, where that can be done at once. It can be taken back. */
export function FixButton({
  profile,
  finding,
  unsaved = false,
}: {
  profile: string;
  finding: Finding;
  unsaved?: boolean;
}) {
  const act = useDo();
  const undoable = useUndoable();
  const readAgain = useReadAgain();
  const [busy, setBusy] = useState(false);
  const { code, fix, message } = finding;
  if (fix === null) return null;
  const apply = async () => {
    setBusy(true);
    await act(async (host) => {
      undoable(strings.findings.fixed(profile), await host.perform("apply_fix", { profile, code, key: fix.key }));
      await readAgain();
    });
    setBusy(false);
  };
  return (
    <Button
      data-testid={`fix-${fix.id}`}
      aria-label={`${fix.label}: ${message}`}
      disabled={busy || unsaved}
      title={unsaved ? strings.findings.saveFirst : undefined}
      onClick={() => void apply()}
    >
      {fix.label}
    </Button>
  );
}
