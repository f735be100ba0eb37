import type { ReactNode } from "react";
import { CommandLine } from "../components/CommandLine.tsx";
import { Words } from "../components/Words.tsx";
import { strings } from "../strings.ts";

/** The address that `mainstay serve` listens on unless told otherwise. */
const ADDRESS = "http://127.0.0.1:4117";

const commands = {
  practice: "target/debug/mainstay serve --practice --secrets memory",
  profile: "target/debug/mainstay serve --profile ha-failover",
  openai: `export OPENAI_BASE_URL=${ADDRESS}/v1 OPENAI_API_KEY=TOKEN`,
  anthropic: `export ANTHROPIC_BASE_URL=${ADDRESS} ANTHROPIC_AUTH_TOKEN=TOKEN`,
  gemini: `export GOOGLE_GEMINI_BASE_URL=${ADDRESS} GEMINI_API_KEY=TOKEN`,
};

/** Says who runs the gateway in this version, and gives the commands for it, in the order in which they are needed. */
export function TerminalGuide() {
  const words = strings.terminal;
  return (
    <main className="min-w-0 flex-1 overflow-y-auto px-6 pt-5 pb-6">
      <h1 className="text-title font-semibold tracking-tight">{words.title}</h1>
      <p className="mt-1 text-ink-2">
        <Words text={words.lead} />
      </p>

      <ol className="relative mt-6 rounded-panel border border-line bg-panel shadow-panel">
        <Step title={words.practiceTitle} text={words.practiceText}>
          <CommandLine name={words.practiceCommand} command={commands.practice} />
        </Step>
        <Step title={words.profilesTitle} text={words.profilesText}>
          <CommandLine name={words.profilesCommand} command={commands.profile} />
        </Step>
        <Step title={words.toolsTitle} text={words.toolsText}>
          <Format name={words.openai} command={commands.openai} />
          <Format name={words.anthropic} command={commands.anthropic} />
          <Format name={words.gemini} command={commands.gemini} />
        </Step>
      </ol>

      <p className="mt-4 text-small text-ink-3">
        <Words text={words.where} /> <Words text={words.stop} />
      </p>
    </main>
  );
}

interface StepProps {
  title: string;
  text: string;
  children: ReactNode;
}

/** One row of the panel. The rail at its left runs on into the next row; the first begins it, the last ends it. */
function Step({ title, text, children }: StepProps) {
  return (
    <li className="group relative grid grid-cols-[32px_1fr] gap-x-4 border-t border-line py-5 pr-5 pl-4 first:border-t-0 wide:grid-cols-[32px_minmax(0,5fr)_minmax(0,8fr)] wide:gap-x-6">
      <Rail />
      <div>
        <h2 className="text-strong font-semibold tracking-tight">{title}</h2>
        <p className="mt-0.5 text-ink-2">
          <Words text={text} />
        </p>
      </div>
      <div className="col-start-2 mt-3 flex flex-col gap-3 wide:col-start-3 wide:mt-0">{children}</div>
    </li>
  );
}

function Rail() {
  return (
    <span aria-hidden="true">
      <span className="absolute -top-px bottom-0 left-8 w-0.5 -translate-x-1/2 bg-accent group-first:top-7 group-last:bottom-auto group-last:h-7" />
      <span className="absolute top-6 left-8 size-4 -translate-x-1/2 rounded-full border-2 border-accent bg-panel" />
    </span>
  );
}

function Format({ name, command }: { name: string; command: string }) {
  return (
    <div>
      <h3 className="mb-1 text-small text-ink-3">{name}</h3>
      <CommandLine name={name} command={command} />
    </div>
  );
}
