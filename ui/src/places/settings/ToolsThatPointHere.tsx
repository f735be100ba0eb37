import type { ToolSeen } from "../../host/generated.ts";
import { strings } from "../../strings.ts";
import { listed } from "../../words.ts";
import { tools as known } from "../connect/tools.ts";

const words = strings.settings.privacy.remove;

/** The tools that were seen lately, each with where its settings name this gateway. */
export function ToolsThatPointHere({ tools }: { tools: readonly ToolSeen[] }) {
  return (
    <ul className="mt-1 flex flex-col gap-1">
      {tools.map(({ name }) => {
        const tool = known.find((each) => each.title === name || each.sent(name));
        const files = [...new Set(tool?.ways.flatMap((way) => way.file ?? []))];
        const how =
          files.length > 0
            ? words.undoFile(listed(files))
            : tool && tool.id !== "sdk"
              ? words.undoShell
              : words.undoOther;
        return (
          <li key={name} className="wrap-anywhere">
            <span className="font-medium">{tool?.title ?? name}</span>: {how}
          </li>
        );
      })}
    </ul>
  );
}
