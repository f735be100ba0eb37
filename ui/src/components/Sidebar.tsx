import { useEffect, useState } from "react";
import { useHost } from "../host/host.ts";
import { strings } from "../strings.ts";
import { AppearanceSwitch } from "./AppearanceSwitch.tsx";
import { Mark } from "./Mark.tsx";

/** The quiet left edge of the window: whose window this is, how it looks, and which version runs. */
export function Sidebar() {
  return (
    <header className="flex w-53 shrink-0 flex-col border-r border-line px-3 pt-4.5 pb-4">
      <div className="flex items-center gap-2.5 px-2 text-strong font-semibold tracking-tight">
        <Mark />
        {strings.product}
      </div>
      <div className="mt-auto flex flex-col gap-3 border-t border-line px-2 pt-4">
        <AppearanceSwitch />
        <Version />
      </div>
    </header>
  );
}

function Version() {
  const host = useHost();
  const [version, setVersion] = useState<string | null>();
  useEffect(() => {
    let current = true;
    const report = (reported: string | null) => {
      if (current) setVersion(reported);
    };
    host.version().then(report, () => {
      report(null);
    });
    return () => {
      current = false;
    };
  }, [host]);

  // The line keeps its height while the answer is under way: nothing moves when it comes.
  return (
    <p className="min-h-4.5 text-small text-ink-3">
      {version === null ? strings.frame.versionUnknown : version && strings.frame.version(version)}
    </p>
  );
}
