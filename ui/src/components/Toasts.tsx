import { X } from "lucide-react";
import { Toast } from "radix-ui";
import { createContext, use, useCallback, useState, type ReactNode } from "react";
import type { HostError } from "../host/host.ts";
import { strings } from "../strings.ts";
import { ErrorText } from "./ErrorNote.tsx";

/** How long a toast stays, in milliseconds; it waits while it is pointed at or has the focus. */
const STAYS = 9000;
/** An error takes longer to read, and there is no other place where it is said. */
const ERROR_STAYS = 20000;

/** Something that was done, perhaps with a way back, or something that could not be done. */
export type Message = { text: string; action?: { label: string; run: () => void } } | { error: HostError };

const ToastContext = createContext<((message: Message) => void) | null>(null);

/** The corner of the window where it says what was done and what could not be done. F8 goes there. */
export function Toasts({ children }: { children: ReactNode }) {
  const [messages, setMessages] = useState<readonly { id: number; message: Message }[]>([]);
  const show = useCallback((message: Message) => {
    setMessages((shown) => [...shown.slice(-2), { id: (shown.at(-1)?.id ?? 0) + 1, message }]);
  }, []);
  const drop = (id: number) => {
    setMessages((shown) => shown.filter((each) => each.id !== id));
  };

  return (
    <ToastContext value={show}>
      <Toast.Provider label={strings.toast.label} swipeDirection="right">
        {children}
        {messages.map(({ id, message }) => (
          <Toast.Root
            key={id}
            duration={"error" in message ? ERROR_STAYS : STAYS}
            onOpenChange={(open) => {
              if (!open) drop(id);
            }}
            className="flex items-start gap-3 rounded-panel border border-edge bg-raise py-2.5 pr-2 pl-4 shadow-float data-[state=open]:animate-arrive"
          >
            <Toast.Description className="min-w-0 flex-1 py-0.5 wrap-anywhere">
              {"error" in message ? <ErrorText error={message.error} /> : message.text}
            </Toast.Description>
            {"action" in message && (
              <Toast.Action
                altText={message.action.label}
                onClick={message.action.run}
                className="rounded-[4px] px-2 py-0.5 font-medium text-accent hover:bg-well"
              >
                {message.action.label}
              </Toast.Action>
            )}
            <Toast.Close aria-label={strings.toast.close} className="rounded-[4px] p-1 text-ink-3 hover:text-ink">
              <X className="size-4" aria-hidden="true" />
            </Toast.Close>
          </Toast.Root>
        ))}
        <Toast.Viewport
          label={strings.toast.viewport}
          className="fixed right-5 bottom-5 z-50 flex w-95 max-w-[calc(100vw-40px)] flex-col gap-2"
        />
      </Toast.Provider>
    </ToastContext>
  );
}

/** The way to say something in the corner. */
export function useToast(): (message: Message) => void {
  const show = use(ToastContext);
  if (!show) throw new Error("no Toasts above this component");
  return show;
}
