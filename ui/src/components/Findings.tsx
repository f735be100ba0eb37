import { CircleAlert, Info, TriangleAlert, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import type { Finding } from "../host/generated.ts";
import { strings } from "../strings.ts";

const looks: Partial<Record<string, { Icon: LucideIcon; ink: string; edge: string }>> = {
  error: { Icon: CircleAlert, ink: "text-bad", edge: "border-l-bad" },
  warning: { Icon: TriangleAlert, ink: "text-cooling", edge: "border-l-cooling" },
};
const quiet = { Icon: Info, ink: "text-ink-3", edge: "border-l-edge" };

interface FindingsProps {
  findings: readonly Finding[];
  /** What can be done about one at once. */
  fix?: (finding: Finding) => ReactNode;
}

/** What lint found: what is the case, and what to do. */
export function Findings({ findings, fix }: FindingsProps) {
  if (findings.length === 0) return null;
  return (
    <ul aria-label={strings.findings.label} className="flex flex-col gap-2">
      {findings.map((finding) => {
        const { Icon, ink, edge } = looks[finding.severity] ?? quiet;
        return (
          <li
            key={finding.code + finding.message}
            data-code={finding.code}
            className={`flex items-start gap-2.5 rounded-control border border-l-3 border-line bg-panel px-3 py-2 text-ink-2 ${edge}`}
          >
            <Icon className={`mt-0.5 size-4 shrink-0 ${ink}`} aria-hidden="true" />
            <p className="min-w-0 flex-1 wrap-anywhere">
              <span className="font-medium text-ink">{finding.message}</span> {finding.hint}
            </p>
            {fix?.(finding)}
          </li>
        );
      })}
    </ul>
  );
}
