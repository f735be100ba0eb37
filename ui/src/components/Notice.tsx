import { TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";

interface NoticeProps {
  notice: { code: string; message: string; hint: string };
  /** The ways on, if there are any. */
  children?: ReactNode;
}

/** Something that holds until it is dealt with: what is the case, and what to do. */
export function Notice({ notice, children }: NoticeProps) {
  return (
    <div
      role="note"
      data-code={notice.code}
      className="mb-4 flex items-start gap-2.5 rounded-panel border border-line bg-waiting-well px-3.5 py-2.5"
    >
      <TriangleAlert className="mt-0.5 size-4 shrink-0 text-waiting" aria-hidden="true" />
      <div className="min-w-0 wrap-anywhere">
        <p>
          <span className="font-medium">{notice.message}</span> {notice.hint}
        </p>
        {children}
      </div>
    </div>
  );
}
