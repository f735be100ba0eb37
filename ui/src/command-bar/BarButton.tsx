import { Search } from "lucide-react";
import { strings } from "../strings.ts";

const words = strings.commandBar;

/** How the shortcut is written on this system. */
const shortcut = /mac/iu.test(navigator.userAgent) ? "⌘K" : "Ctrl K";

/** The quiet way to the command bar, for who does not know its keys yet. */
export function BarButton({ onOpen }: { onOpen: () => void }) {
  return (
    <button
      type="button"
      data-testid="open-command-bar"
      aria-keyshortcuts="Control+K Meta+K"
      aria-haspopup="dialog"
      onClick={onOpen}
      className="mt-3.5 flex items-center gap-2.5 rounded-control border border-edge bg-raise px-2.5 py-1 text-ink-3 hover:text-ink max-[720px]:mt-0"
    >
      <Search className="size-3.5 shrink-0" aria-hidden="true" />
      <span className="min-w-0 flex-1 text-left max-[720px]:sr-only">{words.open}</span>{" "}
      <kbd className="font-sans text-small">{shortcut}</kbd>
    </button>
  );
}
